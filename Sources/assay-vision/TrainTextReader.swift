// Trains the emulator's text reader: for scripts/train-text-reader.

import ArgumentParser
import VisionWorker

struct TrainTextReader: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Trains the emulator's text reader on pictures of lines (scripts/train-text-reader).",
        shouldDisplay: false)

    @Option(help: "The pictures: JSON Lines with the members path and text.") var table: String
    @Option(help: "The file of weights to write.") var output: String
    @Option(help: "Weights to start from; without, new ones.") var start: String?
    @Option var epochs = 6
    @Option var batchSize = 16
    @Option var learningRate = 3e-3
    @Option var seed: UInt64 = 1
    @Option var threads = 2

    func run() async throws {
        try Torch.require()
        try await ReaderModelTraining(
            epochs: epochs, batchSize: batchSize, learningRate: learningRate, seed: seed, threads: threads
        ).run(table: table, output: output, start: start) { print($0) }
    }
}
