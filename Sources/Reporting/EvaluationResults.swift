// The answers of several models in one evaluation of the spec.

package import Basics
package import Foundation
package import Statistics

/// All models' answers in one evaluation.
package struct EvaluationResults: Hashable, Sendable, Codable {
    /// The evaluation's name in the spec.
    package var name: String
    /// Whether the evaluation measures latency (the spec states its `concurrency`) in addition to accuracy.
    package var measuresLatency: Bool
    /// In the order of the spec; a model with failed steps is absent.
    package var models: [ModelResult]

    /// - Parameter models: the models that have answers, in the order of the spec.
    package init(name: String, measuresLatency: Bool, models: [ModelResult]) {
        self.name = name
        self.measuresLatency = measuresLatency
        self.models = models
    }
}

/// One model's answers in one evaluation.
package struct ModelResult: Hashable, Sendable, Codable {
    /// The conditions under which latencies were measured; those of recorded latencies are unknown.
    package struct LatencyContext: Hashable, Sendable, Codable {
        /// When the measurement started; `nil` if unknown.
        package var measuredAt: Date?
        /// The client machine; `nil` if unknown.
        package var machine: String?
        /// Number of concurrent requests; `nil` if unknown.
        package var concurrency: Int?
        /// Number of requests sent before the measurement, excluded from all figures; `nil` if unknown.
        package var warmUp: Int?

        /// Images answered per second in batches; `nil` for hosted models.
        package var throughput: Double?

        /// - Parameter throughput: images per second, known only for a local network.
        package init(
            measuredAt: Date?, machine: String?, concurrency: Int? = 1, warmUp: Int? = 0, throughput: Double? = nil
        ) {
            self.measuredAt = measuredAt
            self.machine = machine
            self.concurrency = concurrency
            self.warmUp = warmUp
            self.throughput = throughput
        }
    }

    /// States that an emulator answered instead of the model that the spec names.
    package struct Emulation: Hashable, Sendable, Codable {
        /// The network that answered: `EfficientNet-Lite0`.
        package var network: String
        /// Labels of the request that the network was trained on.
        package var labelsKnown: Int
        /// Labels of the request.
        package var labelsAsked: Int

        /// - Parameter labelsKnown: the labels that the network can predict, of `labelsAsked`.
        package init(network: String, labelsKnown: Int, labelsAsked: Int) {
            self.network = network
            self.labelsKnown = labelsKnown
            self.labelsAsked = labelsAsked
        }

        /// `emulated: EfficientNet-Lite0, knows 118 of 120 labels`.
        package var note: String { "emulated: \(network), knows \(labelsKnown) of \(labelsAsked) labels" }
    }

    /// Token totals over all answers of one model.
    package struct Tokens: Hashable, Sendable, Codable {
        /// Prompt tokens, images included.
        package var input: TokenCount
        /// Completion tokens.
        package var output: TokenCount
        /// Answers without a reported count, for which tokens are estimated; `nil` for none.
        package var estimatedAnswers: Int?

        /// - Parameter estimatedAnswers: the number of answers with estimated tokens.
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
    /// The mode in which the model was queried: `batch json`, `online plain`, `predict`.
    package var mode: String
    /// One answer per example, in the order of the split.
    package var answers: [ScoredAnswer]
    /// With `repeats`, the answers of every repeat, including the first, which is `answers`; otherwise empty.
    package var repeats: [[ScoredAnswer]]
    /// `nil` if latency was not measured, as for a batch.
    package var latency: LatencyContext?
    /// Token totals; `nil` if the model does not count tokens.
    package var tokens: Tokens?
    /// The cost of producing these answers, in this run or an earlier one.
    package var resultCost: Money?
    /// `nil` if the model that the spec names answered.
    package var emulation: Emulation?
    /// The token limit of its answers; `nil` for a model that is not queried through a request.
    package var answerLimit: AnswerLimit?
    /// Whether the answers came from the store.
    package var isCached: Bool
    /// Further notes about this row for the reader.
    package var notes: [String]

    /// The defaults describe answers without repeats, latency, tokens or cost.
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

    /// The mode of recorded answers, for which no request was sent.
    package static let recordedMode = "recorded"
    /// Whether the answers were recorded elsewhere; a cost that they state was not paid for this project.
    package var isRecorded: Bool { mode == ModelResult.recordedMode }

    /// The measured latencies in milliseconds, in the order of the answers; empty if not measured.
    package var latencies: [Double] { latency == nil ? [] : answers.compactMap(\.latencyMilliseconds) }
    /// Statistics of `latencies`; `nil` if not measured.
    package var latencySummary: LatencySummary? { LatencySummary(latencies) }
}
