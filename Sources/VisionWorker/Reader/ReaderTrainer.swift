// Trains the text reader's network on lines.

import Basics
import Foundation
import VisionProtocol

/// A line and the text to learn.
struct TextExample: Sendable {
    var line: LinePicture
    var text: String
}

/// Trains a network with the CTC loss and AdamW, batch by batch, with a learning rate that decays linearly to zero.
final class ReaderTrainer {
    let network: ReaderNetwork
    private let alphabet: TextAlphabet
    /// For the body, and for the rows of characters.
    private let optimizers: (body: Optimizer, characters: Optimizer)
    private let learningRate: Double
    private let characterRate: Double
    private let steps: Int
    /// `nil` keeps the running statistics of normalization: small batches would spoil them.
    private let generator: TorchGenerator?
    private var stepsTaken = 0

    /// - Parameters:
    ///   - learningRate: the rate of the first step.
    ///   - characterRate: the rate for the rows of characters, usually higher because new characters start untrained;
    ///     `nil` for the same rate.
    ///   - steps: the total number of steps.
    ///   - seed: for a network that is trained from the beginning; `nil` keeps the statistics of normalization.
    init(
        _ network: ReaderNetwork, alphabet: TextAlphabet, learningRate: Double, characterRate: Double? = nil, steps: Int,
        seed: UInt64? = nil
    ) throws {
        self.network = network
        self.alphabet = alphabet
        self.learningRate = learningRate
        self.characterRate = characterRate ?? learningRate
        self.steps = steps
        generator = try seed.map { try TorchGenerator(seed: $0) }
        for (_, tensor) in network.parameters { tensor.requireGradient(true) }
        let isOfCharacters = { (name: String) in name.hasPrefix(ReaderNetwork.classifier + ".") }
        optimizers = (
            try Optimizer(
                .adamw(learningRate: learningRate), parameters: network.parameters.filter { !isOfCharacters($0.name) }),
            try Optimizer(
                .adamw(learningRate: self.characterRate), parameters: network.parameters.filter { isOfCharacters($0.name) })
        )
    }

    /// Trains on one batch.
    ///
    /// - Returns: the batch's loss, and its share of characters that were read without an error, both before the step.
    func step(_ examples: [TextExample]) throws -> (loss: Double, accuracy: Double) {
        let (loss, values) = try forward(examples, training: generator)
        try loss.backward()
        let measured = try (Double(loss.floats()[0]), accuracy(values, examples))
        let left = 1 - Double(stepsTaken) / Double(steps)
        try optimizers.body.step(learningRate: learningRate * left)
        try optimizers.characters.step(learningRate: characterRate * left)
        stepsTaken += 1
        return measured
    }

    /// The mean loss of all examples, and the share of their characters that are read without an error.
    func evaluate(_ examples: [TextExample], batchSize: Int) throws -> (loss: Double, accuracy: Double) {
        var sum = (loss: 0.0, accuracy: 0.0)
        for start in stride(from: 0, to: examples.count, by: batchSize) {
            let batch = Array(examples[start..<min(start + batchSize, examples.count)])
            let (loss, values) = try forward(batch, training: nil)
            sum.loss += try Double(loss.floats()[0]) * Double(batch.count)
            sum.accuracy += try accuracy(values, batch) * Double(batch.count)
        }
        return (sum.loss / Double(examples.count), sum.accuracy / Double(examples.count))
    }

    private func forward(_ examples: [TextExample], training: TorchGenerator?) throws -> (loss: Tensor, values: Tensor) {
        let values = try network.forward(examples.map(\.line), training: training)
        let targets = examples.map { alphabet.outputs(of: $0.text) ?? [] }
        return try (values.ctcLoss(targets, widths: examples.map(\.line.columns)), values)
    }

    private func accuracy(_ values: Tensor, _ examples: [TextExample]) throws -> Double {
        let floats = try values.floats()
        var (edits, length) = (0, 0)
        for (index, example) in examples.enumerated() {
            let read = LineDecoder.text(
                LineDecoder.characters(
                    floats, line: index, of: examples.count, columns: example.line.columns, alphabet: alphabet))
            edits += Self.distance(Array(read.unicodeScalars), Array(example.text.unicodeScalars))
            length += example.text.unicodeScalars.count
        }
        return length == 0 ? 0 : max(0, 1 - Double(edits) / Double(length))
    }

    /// The number of insertions, deletions and substitutions between two texts (Levenshtein).
    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var row = Array(0...b.count)
        for (i, one) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, other) in b.enumerated() {
                let next = min(row[j + 1] + 1, row[j] + 1, diagonal + (one == other ? 0 : 1))
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[b.count]
    }

    /// The examples of one epoch in batches of lines of similar width, in random order.
    static func batches(_ count: Int, widths: [Int], size: Int, random: inout SeededRandom) -> [[Int]] {
        let order = random.permutation(of: count)
        let group = size * 32
        var batches: [[Int]] = []
        for start in stride(from: 0, to: count, by: group) {
            let part = order[start..<min(start + group, count)].sorted { (widths[$0], $0) < (widths[$1], $1) }
            for first in stride(from: 0, to: part.count, by: size) {
                batches.append(Array(part[first..<min(first + size, part.count)]))
            }
        }
        return random.permutation(of: batches.count).map { batches[$0] }
    }
}
