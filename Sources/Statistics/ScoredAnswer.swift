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

    /// What kind of reply an unanswered or unmatched one is.
    package enum Reason: String, Hashable, Sendable, Codable, CaseIterable {
        /// No text, or white space only.
        case empty
        /// The model refused.
        case refused
        /// A content filter withheld the answer.
        case filtered
        /// The provider rejects the image.
        case rejected
        /// A text that is not in the form requested, such as plain text where JSON was asked for.
        case unreadable
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
    package var reason: Reason?
    /// Why the model stopped, for empty answers and for those that did not simply end.
    package var finishReason: String?
    /// Set where the label matched by declared normalization or an alias; `nil` for an exact match.
    package var isNormalized: Bool?
    /// For an unmatched answer, the label that it names when all known differences are ignored.
    package var suggested: String?
    /// The differences that have to be ignored for that.
    package var ignoring: [TextDifference]?
    /// The item's counts and how its reply was read; `nil` for classification, whose counts follow from the labels. With
    /// it, `label` and `matched` are the reference and the prediction as a person reads them.
    package var item: AnsweredItem?

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

    /// The finish reason of an answer that ended at the limit on its tokens.
    package static let cutOff = "length"

    package var isCorrect: Bool { outcome == .correct }
    /// Whether a model is to be judged by this answer: everything that came back is.
    package var counts: Bool { outcome != .missing }

    private enum CodingKeys: String, CodingKey {
        case example, label, answer, matched, outcome, reason, suggested, ignoring, item
        case latencyMilliseconds = "latency_ms"
        case finishReason = "finish_reason"
        case isNormalized = "normalized"
    }
}

/// The score of an item of any task but classification.
package struct AnsweredItem: Hashable, Sendable, Codable {
    /// The group that is drawn as one for confidence intervals.
    package var group: String
    /// The path of the item's first image.
    package var image: String
    /// The question about the image, where the item has one.
    package var question: String?
    /// How the reply was read: `clean`, `unwrapped`, `cut` or `unreadable`; `nil` without a reply.
    package var reading: String?
    /// Why the reply is unreadable.
    package var problem: String?
    package var score: ItemScore

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
