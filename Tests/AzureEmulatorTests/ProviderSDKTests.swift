// The provider's own Python SDKs drive the emulator.

import AzureEmulator
import Basics
import EmulatorCore
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

    private static let data = root.deletingLastPathComponent().appending(path: "shared/data")

    static var hasPhotographs: Bool {
        FileManager.default.isExecutableFile(atPath: worker)
            && FileManager.default.fileExists(atPath: data.appending(path: "efficientnet_lite0.safetensors").path)
    }

    private func drive(_ rig: Rig, _ pictures: URL, model: String = "shapes-base") async throws -> JSONValue {
        let result = try await ChildProcess.run(
            ChildCommand(
                Self.python,
                [Self.root.appending(path: "scripts/sdk-drive.py").path, rig.base, "test", model, pictures.path]))
        guard result.status.isSuccess else { throw Rig.Unexpected(text: result.errorTail) }
        return try JSONValue(parsing: result.output)
    }

    @Test(.enabled(if: hasPython, "needs the Python environment of scripts/test-sdk"))
    func theSDKsDriveTheServicesManners() async throws {
        let rig = try await Rig.start { $0.clockTrigger = .polls }
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

    @Test(
        .enabled(
            if: hasPython && hasPhotographs,
            "needs the Python environment of scripts/test-sdk, ../shared/data and a built assay-vision"))
    func theSDKsGetAnswersOfARealModel() async throws {
        let name = "efficientnet-lite0"
        let rig = try await Rig.start(vision: WorkerVisionModel(executable: Self.worker)) {
            $0.clockTrigger = .polls
            $0.models = [
                .named(
                    name, weights: Self.data.appending(path: "efficientnet_lite0.safetensors").path,
                    classes: Self.data.appending(path: "imagenet-classes.tsv").path)
            ]
            $0.deployments = [
                PreparedDeployment(name: "base", model: name, sku: "GlobalStandard"),
                PreparedDeployment(name: "base-batch", model: name, sku: "GlobalBatch"),
            ]
        }
        let pictures = try await photographs(in: rig.folder, perLabel: 5)
        let seen = try await drive(rig, pictures, model: name)
        // Three labels: chance would be 5 of 15.
        #expect(try #require(seen["batch_right"]?.int) >= 9)
        let losses = try #require(seen["losses"]?.array).compactMap(\.double)
        #expect(try #require(losses.last) < #require(losses.first))
        #expect(seen["fingerprint"] == "emulated: EfficientNet-Lite0, knows 3 of 3 labels")
        await rig.close()
    }

    /// Some photographs in folders named by label.
    private func photographs(in folder: URL, perLabel: Int) async throws -> URL {
        let sources = [
            ("bullfrog", "n01641577-bullfrog"), ("trilobite", "n01768244-trilobite"),
            ("tarantula", "n01774750-tarantula"),
        ]
        let archive = Self.data.appending(path: "tiny-imagenet-120.tar").path
        let unpacked = try await ChildProcess.run(
            ChildCommand("tar", ["-xf", archive, "-C", folder.path] + sources.map { "Images/\($0.1)" }))
        guard unpacked.status.isSuccess else { throw Rig.Unexpected(text: unpacked.errorTail) }
        let pictures = folder.appending(path: "pictures")
        for (label, source) in sources {
            let target = pictures.appending(path: label)
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            let files = try FileManager.default.contentsOfDirectory(
                at: folder.appending(path: "Images/\(source)"), includingPropertiesForKeys: nil)
            for file in files.sorted(by: { $0.path < $1.path }).prefix(perLabel) {
                try FileManager.default.copyItem(at: file, to: target.appending(path: file.lastPathComponent))
            }
        }
        return pictures
    }
}
