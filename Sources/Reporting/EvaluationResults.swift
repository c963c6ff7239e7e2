// One evaluation of the spec: the same question to several models.

package import Basics
package import Foundation
package import Statistics

/// The models' answers of one evaluation.
package struct EvaluationResults: Hashable, Sendable, Codable {
    package var name: String
    /// Whether it was made to measure latency (the spec states its `concurrency`), not only accuracy.
    package var measuresLatency: Bool
    /// In the order of the spec; a model whose steps failed is absent.
    package var models: [ModelResult]

    package init(name: String, measuresLatency: Bool, models: [ModelResult]) {
        self.name = name
        self.measuresLatency = measuresLatency
        self.models = models
    }
}

/// One model's answers in one evaluation.
package struct ModelResult: Hashable, Sendable, Codable {
    /// When, where and how latencies were measured.
    package struct LatencyContext: Hashable, Sendable, Codable {
        package var measuredAt: Date
        /// The machine that asked.
        package var machine: String
        /// Requests in flight at a time.
        package var concurrency: Int
        /// Requests sent before measuring began, in no figure.
        package var warmUp: Int

        /// Images answered in a second when many are asked together; known of a network that runs here.
        package var throughput: Double?

        package init(
            measuredAt: Date, machine: String, concurrency: Int = 1, warmUp: Int = 0, throughput: Double? = nil
        ) {
            self.measuredAt = measuredAt
            self.machine = machine
            self.concurrency = concurrency
            self.warmUp = warmUp
            self.throughput = throughput
        }
    }

    /// That an emulator answered, not the model that the spec names.
    package struct Emulation: Hashable, Sendable, Codable {
        /// What answered: `EfficientNet-Lite0`.
        package var network: String
        package var labelsKnown: Int
        package var labelsAsked: Int

        package init(network: String, labelsKnown: Int, labelsAsked: Int) {
            self.network = network
            self.labelsKnown = labelsKnown
            self.labelsAsked = labelsAsked
        }

        /// `emulated: EfficientNet-Lite0, knows 118 of 120 labels`.
        package var note: String { "emulated: \(network), knows \(labelsKnown) of \(labelsAsked) labels" }
    }

    package struct Tokens: Hashable, Sendable, Codable {
        package var input: TokenCount
        package var output: TokenCount
        /// Answers that came without a count, of which the tokens are estimated; `nil` for none.
        package var estimatedAnswers: Int?

        package init(input: TokenCount, output: TokenCount, estimatedAnswers: Int? = nil) {
            self.input = input
            self.output = output
            self.estimatedAnswers = estimatedAnswers
        }
    }

    /// The model's name in the spec.
    package var model: String
    /// The split as the spec names it: `by-name.test`.
    package var split: String
    /// How it was asked: `batch json`, `online plain`, `predict`.
    package var mode: String
    /// One for each example, in the order of the split.
    package var answers: [ScoredAnswer]
    /// With `repeats`, the answers of every repeat, the first one (which is `answers`) included; else empty.
    package var repeats: [[ScoredAnswer]]
    /// `nil` where latency was not measured, as for a batch.
    package var latency: LatencyContext?
    package var tokens: Tokens?
    /// What making these answers cost, whenever that was.
    package var resultCost: Money?
    package var emulation: Emulation?
    /// The limit on the tokens of its answers; `nil` for a model that is not asked through a request.
    package var answerLimit: AnswerLimit?
    /// Whether the answers came out of the store.
    package var isCached: Bool
    /// Anything else a reader must know of this row, a few words each.
    package var notes: [String]

    package init(
        model: String, split: String, mode: String, answers: [ScoredAnswer], repeats: [[ScoredAnswer]] = [],
        latency: LatencyContext? = nil, tokens: Tokens? = nil, resultCost: Money? = nil,
        emulation: Emulation? = nil, isCached: Bool = false, notes: [String] = []
    ) {
        self.model = model
        self.split = split
        self.mode = mode
        self.answers = answers
        self.repeats = repeats
        self.latency = latency
        self.tokens = tokens
        self.resultCost = resultCost
        self.emulation = emulation
        self.isCached = isCached
        self.notes = notes
    }

    /// The measured latencies in milliseconds, in the order of the answers; empty where none were measured.
    package var latencies: [Double] { latency == nil ? [] : answers.compactMap(\.latencyMilliseconds) }
    package var latencySummary: LatencySummary? { LatencySummary(latencies) }
}
