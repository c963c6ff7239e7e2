// Trains the rows of a last layer on features that were computed once.

import Basics
import VisionProtocol

/// Examples as a last layer sees them.
struct FeatureExamples: Sendable {
    /// Row after row.
    var features: [Float] = []
    /// The row of ``LabelRows`` that is each example's answer.
    var answers: [Int] = []
    var count: Int { answers.count }
}

/// Trains ``LabelRows`` by AdamW with cross-entropy over all rows, batch after batch, at a learning rate that falls
/// in a straight line to zero.
final class RowTrainer {
    private let weight: Tensor
    private let bias: Tensor
    private let optimizer: Optimizer
    private let learningRate: Double
    private let steps: Int
    private var stepsTaken = 0
    private let featureCount: Int

    /// - Parameters:
    ///   - learningRate: of the first step.
    ///   - steps: how many will be taken.
    init(_ rows: LabelRows, learningRate: Double, steps: Int) throws {
        self.steps = steps
        featureCount = rows.featureCount
        weight = try Tensor(rows.weight, shape: [rows.count, rows.featureCount])
        bias = try Tensor(rows.bias, shape: [rows.count])
        self.learningRate = learningRate
        weight.requireGradient(true)
        bias.requireGradient(true)
        optimizer = try Optimizer(
            .adamw(learningRate: learningRate), parameters: [("weight", weight), ("bias", bias)])
    }

    /// The rows as they are now.
    func rows() throws -> LabelRows { try LabelRows(weight: weight.floats(), bias: bias.floats()) }

    /// Learns from some examples at once.
    ///
    /// - Returns: their mean loss and the share that was answered right, both before the step.
    func step(_ examples: FeatureExamples, batch: ArraySlice<Int>) throws -> (loss: Double, accuracy: Double) {
        let logits = try self.logits(examples, batch)
        let loss = try logits.crossEntropy(Tensor.indices(batch.map { examples.answers[$0] }))
        try loss.backward()
        try optimizer.step(learningRate: learningRate * (1 - Double(stepsTaken) / Double(steps)))
        stepsTaken += 1
        return try (Double(loss.floats()[0]), Self.accuracy(logits, batch.map { examples.answers[$0] }))
    }

    /// Mean loss and share of right answers over all examples.
    func evaluate(_ examples: FeatureExamples) throws -> (loss: Double, accuracy: Double) {
        let all = Array(0..<examples.count)[...]
        let logits = try self.logits(examples, all)
        let loss = try logits.crossEntropy(Tensor.indices(examples.answers))
        return try (Double(loss.floats()[0]), Self.accuracy(logits, examples.answers))
    }

    private func logits(_ examples: FeatureExamples, _ batch: ArraySlice<Int>) throws -> Tensor {
        var features: [Float] = []
        features.reserveCapacity(batch.count * featureCount)
        for index in batch {
            features += examples.features[(index * featureCount)..<((index + 1) * featureCount)]
        }
        return try Tensor(features, shape: [batch.count, featureCount]).linear(weight, bias: bias)
    }

    private static func accuracy(_ logits: Tensor, _ answers: [Int]) throws -> Double {
        let values = try logits.floats()
        let width = values.count / answers.count
        let right = answers.indices.filter { example in
            let row = values[(example * width)..<((example + 1) * width)]
            return row.max() == row[row.startIndex + answers[example]]
        }
        return Double(right.count) / Double(answers.count)
    }
}
