// Google's own Python SDKs drive the emulator.

import Basics
import EmulatorCore
import EmulatorFakes
import Foundation
import Platform
import Testing
import VertexEmulator

struct GoogleSDKTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The environment with the recorded version of the SDK, and the one with the newest.
    static let pythons = [".build-venv", ".build-venv-newest"].map { root.appending(path: "\($0)/bin/python").path }
        .filter { python in
            let packages = URL(fileURLWithPath: python).deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "lib").path
            let versions = (try? FileManager.default.contentsOfDirectory(atPath: packages)) ?? []
            return versions.contains { FileManager.default.fileExists(atPath: "\(packages)/\($0)/site-packages/google/genai") }
        }

    private func drive(_ rig: VertexRig, _ python: String, _ pictures: URL, model: String) async throws -> JSONValue {
        let result = try await ChildProcess.run(
            ChildCommand(
                python,
                [Self.root.appending(path: "scripts/google-drive.py").path, rig.base, VertexRig.bucket, model, pictures.path]))
        guard result.status.isSuccess else { throw VertexRig.Unexpected(text: result.errorTail) }
        return try JSONValue(parsing: result.output)
    }

    /// Through sign-in, uploads, a batch, questions, tuning, checkpoints and teardown.
    @Test(.enabled(if: !pythons.isEmpty, "needs the Python environments of scripts/test-sdk"), arguments: pythons)
    func theSDKsDriveTheServicesManners(python: String) async throws {
        let rig = try await VertexRig.start(clock: SystemWallClock()) { settings in
            settings.clockTrigger = .polls
            settings.apiKey = "any"
        }
        let pictures = rig.folder.appending(path: "pictures")
        for label in VertexRig.labels {
            let folder = pictures.appending(path: label)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for index in 0..<4 { try VertexRig.picture(label).write(to: folder.appending(path: "\(index).png")) }
        }
        let seen = try await drive(rig, python, pictures, model: VertexRig.model)
        #expect(seen["batch_right"] == 12 && seen["tuned_right"] == 12)
        await rig.close()
    }
}
