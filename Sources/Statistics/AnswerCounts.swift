// Counts of answers by how they ended: exact or normalized match, unmatched, empty, refused, filtered.

/// Counts of one model's answers. Every received answer is in exactly one of `exact`, `normalized`, `unmatched`,
/// `unreadable`, `empty`, `refused` and `filtered`.
package struct AnswerCounts: Hashable, Sendable {
    /// An answer text and its frequency.
    package struct Text: Hashable, Sendable {
        /// The answer's text.
        package var text: String
        /// Number of answers with this text.
        package var count: Int
    }

    /// Number of answers that equal a label.
    package private(set) var exact = 0
    /// Number of answers that name a label only if differences are ignored, declared or not.
    package private(set) var normalized = 0
    /// Number of answers that name no label even then.
    package private(set) var unmatched = 0
    /// Number of answers in another form than requested, from which no label could be read.
    package private(set) var unreadable = 0
    /// Number of answers without text.
    package private(set) var empty = 0
    /// Number of refusals by the model.
    package private(set) var refused = 0
    /// Number of answers withheld by a content filter.
    package private(set) var filtered = 0
    /// Number of images rejected by the provider, if they count as wrong.
    package private(set) var rejected = 0
    /// Number of requests without a response.
    package private(set) var missing = 0
    /// Number of answers cut off at the token limit; each is also in another count.
    package private(set) var cutOff = 0
    /// Number of answers in another form than requested, readable or not.
    package private(set) var wrongFormat = 0
    /// The placeholder for a missing finish reason.
    package static let unknownReason = "unknown"
    /// Frequencies of the finish reasons of empty answers.
    package private(set) var finishReasons: [String: Int] = [:]
    /// The texts of answers that do not count as a label, most frequent first.
    package private(set) var texts: [Text] = []
    /// Number of answers that do not count as a label but would if differences were ignored.
    package private(set) var suggested = 0
    /// Number of suggested answers that would be correct.
    package private(set) var suggestedCorrect = 0
    /// Number of suggested answers in another form than requested: no matching can count them.
    package private(set) var suggestedForm = 0
    /// The differences that matching must ignore to count the remaining suggested answers.
    package private(set) var ignoring: [TextDifference] = []
    /// Number of received answers.
    package private(set) var n = 0
    /// Number of correct answers under the spec's declared matching.
    package private(set) var correct = 0

    /// Counts answers; those without a reply are only in `missing`.
    package init(_ answers: [ScoredAnswer]) {
        var texts: [String: Int] = [:]
        var ignoring: Set<TextDifference> = []
        for answer in answers {
            guard answer.counts else {
                missing += 1
                continue
            }
            n += 1
            if answer.isCorrect { correct += 1 }
            if answer.finishReason == ScoredAnswer.cutOff { cutOff += 1 }
            if answer.reason == .unreadable { wrongFormat += 1 }
            switch answer.outcome {
            case .correct, .wrong, .answered:
                if answer.isNormalized == true { normalized += 1 } else { exact += 1 }
            case .unmatched:
                texts[answer.answer ?? "", default: 0] += 1
                if let suggestion = answer.suggested {
                    suggested += 1
                    normalized += 1
                    if suggestion == answer.label { suggestedCorrect += 1 }
                    if answer.reason == .unreadable {
                        suggestedForm += 1
                    } else {
                        ignoring.formUnion(answer.ignoring ?? [])
                    }
                } else if answer.reason == .unreadable {
                    unreadable += 1
                } else {
                    unmatched += 1
                }
            case .unanswered:
                switch answer.reason {
                case .refused: refused += 1
                case .filtered: filtered += 1
                case .rejected: rejected += 1
                default:
                    empty += 1
                    finishReasons[answer.finishReason ?? AnswerCounts.unknownReason, default: 0] += 1
                }
            case .missing: break
            }
        }
        self.ignoring = TextDifference.allCases.filter(ignoring.contains)
        self.texts = texts.map { Text(text: $0.key, count: $0.value) }
            .sorted { ($1.count, $0.text) < ($0.count, $1.text) }
    }

    /// Accuracy if all known differences are ignored; `nil` if no answer was received.
    package var normalizedAccuracy: Double? { n > 0 ? Double(correct + suggestedCorrect) / Double(n) : nil }

    /// Whether normalization would change the accuracy by more than one percentage point.
    package var differsByNormalization: Bool { n > 0 && Double(suggestedCorrect) / Double(n) > 0.01 }
}
