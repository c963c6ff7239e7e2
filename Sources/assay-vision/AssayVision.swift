// The vision worker: handles pixels and weights in a separate process.

import ArgumentParser
import Foundation
import VisionWorker

@main
struct AssayVision: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay-vision",
        abstract: "Works on pixels and weights for assay.",
        version: "0.1.0",
        subcommands: [Serve.self, TrainShapesModel.self, TrainTextReader.self, Logits.self, ExportWeights.self])

    /// On the first thread, before there are others.
    @MainActor static func main() async {
        Torch.keepMemory()
        await main(nil)
    }

    struct Serve: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Answers requests, one JSON document a line, until standard input closes.")

        func run() async { await VisionServer.standard().run() }
    }

    struct TrainShapesModel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Trains the emulator's base model for generated pictures (scripts/train-shapes-model).",
            shouldDisplay: false)

        @Option(help: "The file of weights to write.") var output: String
        @Option(help: "Practice pictures a label.") var perLabel = 700
        @Option var epochs = 8
        @Option var seed: UInt64 = 1
        @Option var threads = 2

        func run() async throws {
            try Torch.require()
            let folder = FileManager.default.temporaryDirectory.path + "/assay-practice-\(getpid())"
            defer { try? FileManager.default.removeItem(atPath: folder) }
            try await ShapesModelTraining(perLabel: perLabel, epochs: epochs, seed: seed, threads: threads)
                .run(folder: folder, output: output) { print($0) }
        }
    }
}
