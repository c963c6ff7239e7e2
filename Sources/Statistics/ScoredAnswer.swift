// One model's answer to one example, scored against the example's label.

package import Basics

/// A model's answer to one example and its score.
package struct ScoredAnswer: Hashable, Sendable, Codable {
    /// The result of an answer. `wrong`, `unmatched` and `unanswered` all count as wrong; `missing` is excluded.
    package enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        /// The answer matched the example's label.
        case correct
        /// The answer matched another label.
        case wrong
        /// The answer was read, and its task judges no single answer as right or wrong.
        case answered
        /// The answer has text that matches no label.
        case unmatched
        /// The answer is empty, or a filter withheld it.
        case unanswered
        /// No reply was received: a transport failure, not one of the model.
        case missing
    }

    /// The kind of reply behind an unanswered or unmatched outcome.
    package enum Reason: String, Hashable, Sendable, Codable, CaseIterable {
        /// No text, or only white space.
        case empty
        /// The model refused.
        case refused
        /// A content filter withheld the answer.
        case filtered
        /// The provider rejected the image.
        case rejected
        /// Text in another form than requested, such as plain text instead of JSON.
        case unreadable
    }

    /// The example's id: unique in the dataset and equal for every model that saw the same image.
    package var example: String
    /// The true label.
    package var label: String
    /// The unmodified text of the answer (for JSON answers, the value of the property); `nil` without one.
    package var answer: String?
    /// The label that the answer matched; `nil` if none.
    package var matched: String?
    /// The result, from which every count follows.
    package var outcome: Outcome
    /// Time from sending the request (or starting the prediction) to the complete answer, in milliseconds.
    package var latencyMilliseconds: Double?
    /// Details of an unanswered or unmatched outcome; `nil` otherwise.
    package var reason: Reason?
    /// The finish reason, for empty answers and for answers that did not end normally.
    package var finishReason: String?
    /// Set if the label matched by declared normalization or an alias; `nil` for an exact match.
    package var isNormalized: Bool?
    /// For an unmatched answer, the label that it names if all known differences are ignored.
    package var suggested: String?
    /// The differences that must be ignored for `suggested`.
    package var ignoring: [TextDifference]?
    /// The item's counts and how its reply was parsed; `nil` for classification, which derives its counts from the
    /// labels. If set, `label` and `matched` are the reference and the prediction as text for people.
    package var item: AnsweredItem?

    /// Creates an answer without reason, suggestion or item; set those afterwards.
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

    /// The finish reason of an answer cut off at the token limit.
    package static let cutOff = "length"

    /// Whether the answer matched the example's label.
    package var isCorrect: Bool { outcome == .correct }
    /// Whether the answer is right; `nil` for a missing answer and for one that its task does not judge.
    package var verdict: Bool? {
        switch outcome {
        case .correct: true
        case .wrong, .unmatched, .unanswered: false
        case .answered, .missing: nil
        }
    }
    /// Whether the answer counts towards the score: all received answers do.
    package var counts: Bool { outcome != .missing }

    private enum CodingKeys: String, CodingKey {
        case example, label, answer, matched, outcome, reason, suggested, ignoring, item
        case latencyMilliseconds = "latency_ms"
        case finishReason = "finish_reason"
        case isNormalized = "normalized"
    }
}

/// The score of an item of any task except classification.
package struct AnsweredItem: Hashable, Sendable, Codable {
    /// The group that is drawn as one unit for confidence intervals.
    package var group: String
    /// The path of the item's first image.
    package var image: String
    /// The question about the image; `nil` if the item has none.
    package var question: String?
    /// The outcome of parsing the reply: `clean`, `unwrapped`, `cut` or `unreadable`; `nil` without a reply.
    package var reading: String?
    /// Why the reply is unreadable; `nil` if it was read.
    package var problem: String?
    /// The type of the question, by which reports break results down; `nil` if the item has none.
    package var type: String?
    /// The reference and the prediction, where they are not plain texts; reports draw them.
    package var expected: JSONValue?
    /// See ``expected``; `nil` for an unreadable reply.
    package var predicted: JSONValue?
    /// Width and height of the first image in pixels, for references that name places in it.
    package var size: [Int]?
    /// The counts from which the task's metrics are summed.
    package var score: ItemScore

    /// - Parameter problem: why the reply is unreadable.
    package init(
        group: String, image: String, question: String? = nil, reading: String? = nil, problem: String? = nil,
        score: ItemScore
    ) {
        self.group = group
        self.image = image
        self.question = question
        self.reading = reading
        self.problem = problem
        self.score = score
    }
}
