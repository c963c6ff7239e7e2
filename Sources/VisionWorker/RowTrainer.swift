// Trains last-layer rows on precomputed features.

import Basics
import Foundation
import VisionProtocol

/// Training examples for a last layer.
struct FeatureExamples: Sendable {
    /// Features, one row per example.
    var features: [Float] = []
    /// The row of ``LabelRows`` for each example's answer.
    var answers: [Int] = []
    /// The row of the rejected answer, for preference objectives.
    var rejected: [Int] = []
    /// The reward of each row's answer, for reward objectives.
    var rewards: [[Float]] = []
    var count: Int { answers.count }
}

/// Trains ``LabelRows`` with AdamW, batch by batch, with a learning rate that decays linearly to zero. The loss is
/// cross-entropy over all rows, a preference loss, or a reward loss.
final class RowTrainer {
    private let weight: Tensor
    private let bias: Tensor
    private let start: LabelRows
    private let objective: FineTuneObjective
    private let optimizer: Optimizer
    private let learningRate: Double
    private let steps: Int
    private var stepsTaken = 0
    private let featureCount: Int

    /// - Parameters:
    ///   - learningRate: the rate of the first step.
    ///   - steps: the total number of steps.
    init(_ rows: LabelRows, objective: FineTuneObjective, learningRate: Double, steps: Int) throws {
        self.steps = steps
        featureCount = rows.featureCount
        weight = try Tensor(rows.weight, shape: [rows.count, rows.featureCount])
        bias = try Tensor(rows.bias, shape: [rows.count])
        start = rows
        self.objective = objective
        self.learningRate = learningRate
        weight.requireGradient(true)
        bias.requireGradient(true)
        let recipe: OptimizerRecipe =
            if case .preference(_, let decay) = objective {
                .adamw(learningRate: learningRate, weightDecay: decay)
            } else {
                .adamw(learningRate: learningRate)
            }
        optimizer = try Optimizer(recipe, parameters: [("weight", weight), ("bias", bias)])
    }

    /// The current rows.
    func rows() throws -> LabelRows { try LabelRows(weight: weight.floats(), bias: bias.floats()) }

    /// Trains on one batch.
    ///
    /// - Returns: the batch's mean loss and accuracy, both before the step.
    func step(_ examples: FeatureExamples, batch: ArraySlice<Int>) throws -> (loss: Double, accuracy: Double) {
        let logits = try self.logits(examples, batch)
        let measured: (loss: Double, accuracy: Double)
        if case .supervised = objective {
            let loss = try logits.crossEntropy(Tensor.indices(batch.map { examples.answers[$0] }))
            try loss.backward()
            measured = try (Double(loss.floats()[0]), Self.accuracy(logits, batch.map { examples.answers[$0] }))
        } else {
            let values = try logits.floats()
            let judged = judged(examples, batch, logits: values)
            // The sum of logits times a constant has that constant as its gradient.
            try (logits * Tensor(judged.gradient, shape: logits.shape)).sum().backward()
            measured = (judged.loss, judged.accuracy)
        }
        try optimizer.step(learningRate: learningRate * (1 - Double(stepsTaken) / Double(steps)))
        stepsTaken += 1
        return measured
    }

    /// The mean loss and accuracy over all examples.
    func evaluate(_ examples: FeatureExamples) throws -> (loss: Double, accuracy: Double) {
        let all = Array(0..<examples.count)[...]
        let logits = try self.logits(examples, all)
        guard case .supervised = objective else {
            let judged = judged(examples, all, logits: try logits.floats())
            return (judged.loss, judged.accuracy)
        }
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

    private struct Judged {
        var loss = 0.0
        var accuracy = 0.0
        /// The gradient of the mean loss with respect to each logit.
        var gradient: [Float]
    }

    private func judged(_ examples: FeatureExamples, _ batch: ArraySlice<Int>, logits: [Float]) -> Judged {
        let width = bias.count
        let share = 1 / Double(batch.count)
        var judged = Judged(gradient: [Float](repeating: 0, count: logits.count))
        for (place, example) in batch.enumerated() {
            let row = logits[(place * width)..<((place + 1) * width)]
            switch objective {
            case .supervised: break
            case .preference(let beta, _):
                judge(examples, example, row, beta: beta, share: share, &judged)
            case .reward:
                judge(row, rewards: examples.rewards[example], share: share, &judged)
            }
        }
        return judged
    }

    /// Direct preference optimization (Rafailov et al. 2023): `-log sigmoid(beta * (d - d0))`, where `d` is the
    /// log-likelihood ratio of the preferred and the rejected answer, and `d0` is that ratio in the initial model.
    /// For two answers among the same labels, log-likelihoods differ by as much as logits. An answer counts as
    /// correct if the preferred one is more likely.
    private func judge(
        _ examples: FeatureExamples, _ example: Int, _ row: ArraySlice<Float>, beta: Double, share: Double,
        _ judged: inout Judged
    ) {
        let features = examples.features[(example * featureCount)..<((example + 1) * featureCount)]
        let (wanted, other) = (examples.answers[example], examples.rejected[example])
        let before = start.logit(wanted, features) - start.logit(other, features)
        let now = row[row.startIndex + wanted] - row[row.startIndex + other]
        let margin = beta * Double(now - before)
        // log(1 + exp(-margin)), without overflow.
        judged.loss += share * (max(-margin, 0) + log1p(exp(-abs(margin))))
        judged.accuracy += now > 0 ? share : 0
        let push = Float(share * beta / (1 + exp(margin)))
        judged.gradient[row.startIndex + wanted] -= push
        judged.gradient[row.startIndex + other] += push
    }

    /// The exact policy gradient, over all answers instead of samples: the loss is the shortfall from the best
    /// reward, `max(r) - sum(p * r)`. The accuracy is the reward of the most likely answer.
    private func judge(_ row: ArraySlice<Float>, rewards: [Float], share: Double, _ judged: inout Judged) {
        guard let highest = row.max(), let best = rewards.max(), let likeliest = row.firstIndex(of: highest) else {
            return
        }
        let weights = row.map { exp(Double($0 - highest)) }
        let sum = weights.reduce(0, +)
        let expected = zip(weights, rewards).reduce(0.0) { $0 + $1.0 / sum * Double($1.1) }
        judged.loss += share * (Double(best) - expected)
        judged.accuracy += share * Double(rewards[likeliest - row.startIndex])
        for (place, weight) in weights.enumerated() {
            judged.gradient[row.startIndex + place] -= Float(share * weight / sum * (Double(rewards[place]) - expected))
        }
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
