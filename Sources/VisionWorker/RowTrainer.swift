// Trains the rows of a last layer on features that were computed once.

import Basics
import Foundation
import VisionProtocol

/// Examples as a last layer sees them.
struct FeatureExamples: Sendable {
    /// Row after row.
    var features: [Float] = []
    /// The row of ``LabelRows`` that is each example's answer.
    var answers: [Int] = []
    /// The row of the answer that is not preferred, for preferences.
    var rejected: [Int] = []
    /// What each row's answer is worth, for rewards.
    var rewards: [[Float]] = []
    var count: Int { answers.count }
}

/// Trains ``LabelRows`` by AdamW, batch after batch, at a learning rate that falls in a straight line to zero: by
/// cross-entropy over all rows, by preferences, or by rewards.
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
    ///   - learningRate: of the first step.
    ///   - steps: how many will be taken.
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

    /// The rows as they are now.
    func rows() throws -> LabelRows { try LabelRows(weight: weight.floats(), bias: bias.floats()) }

    /// Learns from some examples at once.
    ///
    /// - Returns: their mean loss and the share that was answered right, both before the step.
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

    /// Mean loss and share of right answers over all examples.
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
        /// Of the mean loss, by logit.
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

    /// Direct preference optimisation (Rafailov et al. 2023): `-log sigmoid(beta * (d - d0))`, where `d` is by how
    /// much the preferred answer is likelier, on a log scale, and `d0` the same of the model that training began
    /// with. Of two answers among the same labels, log likelihoods differ as their logits do. An answer counts as
    /// right when the preferred one is likelier.
    private func judge(
        _ examples: FeatureExamples, _ example: Int, _ row: ArraySlice<Float>, beta: Double, share: Double,
        _ judged: inout Judged
    ) {
        let features = examples.features[(example * featureCount)..<((example + 1) * featureCount)]
        let (wanted, other) = (examples.answers[example], examples.rejected[example])
        let before = start.logit(wanted, features) - start.logit(other, features)
        let now = row[row.startIndex + wanted] - row[row.startIndex + other]
        let margin = beta * Double(now - before)
        // log(1 + exp(-margin)), which does not overflow.
        judged.loss += share * (max(-margin, 0) + log1p(exp(-abs(margin))))
        judged.accuracy += now > 0 ? share : 0
        let push = Float(share * beta / (1 + exp(margin)))
        judged.gradient[row.startIndex + wanted] -= push
        judged.gradient[row.startIndex + other] += push
    }

    /// The policy gradient with all answers reckoned instead of drawn: the loss is what is missing of the best reward,
    /// `max(r) - sum(p * r)`. The accuracy is the reward of the likeliest answer.
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
