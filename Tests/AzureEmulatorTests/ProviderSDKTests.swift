// The provider's own Python SDKs drive the emulator.

import AzureEmulator
import Basics
import Foundation
import Platform
import Testing
import VisionProtocol

struct ProviderSDKTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    private static let python = root.appending(path: ".build-venv/bin/python").path
    private static let worker = VisionWorkerClient.executableBesideThisProgram()

    static var hasPython: Bool { FileManager.default.isExecutableFile(atPath: python) }

    private func drive(_ rig: Rig, _ pictures: URL) async throws -> JSONValue {
        let result = try await ChildProcess.run(
            ChildCommand(
                Self.python,
                [Self.root.appending(path: "scripts/sdk-drive.py").path, rig.base, "test", "shapes-base", pictures.path]))
        guard result.status.isSuccess else { throw Rig.Unexpected(text: result.errorTail) }
        return try JSONValue(parsing: result.output)
    }

    @Test(.enabled(if: hasPython, "needs the Python environment of scripts/test-sdk"))
    func theSDKsDriveTheServicesManners() async throws {
        let rig = try await Rig.start { $0.clockFollows = .polls }
        let pictures = rig.folder.appending(path: "pictures")
        for label in Rig.labels {
            let folder = pictures.appending(path: label)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for index in 0..<4 { try Data("label:\(label)".utf8).write(to: folder.appending(path: "\(index).png")) }
        }
        let seen = try await drive(rig, pictures)
        #expect(seen["batch_right"] == 12)
        await rig.close()
    }
}
