// Trains the bundled weights of the emulator's text reader.

import Basics
import Foundation
import VisionProtocol

/// Trains the reader on pictures of lines, for `scripts/train-text-reader`.
package struct ReaderModelTraining {
    private let epochs: Int
    private let batchSize: Int
    private let learningRate: Double
    private let seed: UInt64
    private let threads: Int

    /// - Parameter learningRate: AdamW's, in the first step.
    package init(epochs: Int, batchSize: Int, learningRate: Double, seed: UInt64, threads: Int) {
        self.epochs = epochs
        self.batchSize = batchSize
        self.learningRate = learningRate
        self.seed = seed
        self.threads = threads
    }

    private struct Row: Decodable {
        var path: String
        var text: String
    }

    /// Reads `table`, JSON Lines with the members `path` (relative to the table) and `text`, trains, and writes the
    /// network to `output` after each epoch. The last fiftieth of the rows is for validation. Calls `report` with lines
    /// of progress.
    ///
    /// - Throws: the errors of reading, training and writing.
    package func run(table: String, output: String, start: String?, report: @Sendable (String) -> Void) async throws {
        let alphabet = TextAlphabet.base
        let folder = URL(fileURLWithPath: table).deletingLastPathComponent()
        let rows = try String(contentsOfFile: table, encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(Row.self, from: Data($0.utf8))
        }
        let read = try await parallelMap(count: rows.count, threads: threads) { index -> TextExample? in
            let path = folder.appendingPathComponent(rows[index].path).path
            let lines = PageLines(try ImageDecoder.decode(path: path)).lines
            let texts = TextAlphabet.lines(of: rows[index].text)
            guard lines.count == 1, texts.count == 1, alphabet.outputs(of: texts[0]) != nil else { return nil }
            return TextExample(line: lines[0], text: texts[0])
        }
        let examples = read.compactMap(\.self)
        let held = max(1, examples.count / 50)
        report("\(examples.count) of \(rows.count) pictures show one line of known characters")
        let (training, validation) = (Array(examples.dropLast(held)), Array(examples.suffix(held)))
        try Torch.with(threads: threads, recordingGradients: true) {
            let network =
                if let start {
                    try ReaderNetwork(outputs: alphabet.outputCount, stored: WeightsFile.read(start).tensors)
                } else {
                    try ReaderNetwork(outputs: alphabet.outputCount, generator: TorchGenerator(seed: seed))
                }
            let stepsPerEpoch = (training.count + batchSize - 1) / batchSize
            let trainer = try ReaderTrainer(
                network, alphabet: alphabet, learningRate: learningRate, steps: stepsPerEpoch * epochs, seed: seed)
            for epoch in 1...epochs {
                var random = SeededRandom(seed: seed, stream: .order, epoch)
                let batches = ReaderTrainer.batches(
                    training.count, widths: training.map(\.line.width), size: batchSize, random: &random)
                var sum = 0.0
                for (index, batch) in batches.enumerated() {
                    let (loss, accuracy) = try trainer.step(batch.map { training[$0] })
                    sum += loss
                    if index % 100 == 99 { report("  step \(index + 1) of \(batches.count): loss \(loss), read \(accuracy)") }
                }
                let (loss, accuracy) = try trainer.evaluate(validation, batchSize: batchSize)
                report(
                    "epoch \(epoch): loss \(sum / Double(batches.count)), validation loss \(loss), "
                        + "share of characters read \(accuracy)")
                try SafetensorsFile(tensors: network.stored()).serialized
                    .write(to: URL(fileURLWithPath: output), options: .atomic)
            }
        }
    }
}
