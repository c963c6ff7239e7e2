// One model's answer for one example, held against the example's label.

/// What one model answered for one example and what that is worth.
package struct ScoredAnswer: Hashable, Sendable, Codable {
    /// How an answer ended. `wrong`, `unmatched` and `unanswered` all count as wrong; `missing` counts nowhere.
    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        /// The answer matched the example's label.
        case correct
        /// The answer matched another label.
        case wrong
        /// There is an answer, but it is none of the labels.
        case unmatched
        /// The answer is empty, or a filter withheld it.
        case unanswered
        /// Nothing came back: a failure of transport, not of the model.
        case missing
    }

    /// The example's id: unique in the dataset and the same for every model that saw the same image.
    package var example: String
    /// The true label.
    package var label: String
    /// The answer's text as it came, after the field was taken out of a JSON answer; `nil` without one.
    package var answer: String?
    /// The label that the answer matched.
    package var matched: String?
    package var outcome: Outcome
    /// From sending the request (or starting the prediction) to having the whole answer, in milliseconds.
    package var latencyMilliseconds: Double?

    package init(
        example: String, label: String, answer: String?, matched: String?, outcome: Outcome,
        latencyMilliseconds: Double? = nil
    ) {
        self.example = example
        self.label = label
        self.answer = answer
        self.matched = matched
        self.outcome = outcome
        self.latencyMilliseconds = latencyMilliseconds
    }

    package var isCorrect: Bool { outcome == .correct }
    /// Whether a model is to be judged by this answer: everything that came back is.
    package var counts: Bool { outcome != .missing }

    private enum CodingKeys: String, CodingKey {
        case example, label, answer, matched, outcome
        case latencyMilliseconds = "latency_ms"
    }
}
