// How a model's answers ended: matched exactly or after normalization, unmatched, empty, refused, filtered.

/// Counts of one model's answers. Every answer that came back is in exactly one of `exact`, `normalized`, `unmatched`,
/// `unreadable`, `empty`, `refused` and `filtered`.
package struct AnswerCounts: Hashable, Sendable {
    /// A text and how often it was answered.
    package struct Text: Hashable, Sendable {
        package var text: String
        package var count: Int
    }

    /// Answers that equal a label.
    package private(set) var exact = 0
    /// Answers that name a label only when differences are ignored, declared ones or not.
    package private(set) var normalized = 0
    /// Answers that name no label even then.
    package private(set) var unmatched = 0
    /// Texts in another form than the one requested, and from which no label could be read.
    package private(set) var unreadable = 0
    package private(set) var empty = 0
    package private(set) var refused = 0
    package private(set) var filtered = 0
    /// Images that the provider rejects, where they count as wrong.
    package private(set) var rejected = 0
    /// Requests without a response.
    package private(set) var missing = 0
    /// Answers that ended at the limit on their tokens; each is counted above too.
    package private(set) var cutOff = 0
    /// Texts that were not in the form requested, whether a label could be read from them or not.
    package private(set) var wrongForm = 0
    /// What stands for a finish reason that was not given.
    package static let unknownReason = "unknown"
    /// The finish reasons of empty answers.
    package private(set) var finishReasons: [String: Int] = [:]
    /// The texts of answers that do not count as a label, most frequent first.
    package private(set) var texts: [Text] = []
    /// Answers that do not count as a label and would if differences were ignored, and how many of them would be right.
    package private(set) var suggested = 0
    package private(set) var suggestedCorrect = 0
    /// Those among the suggested ones that are in another form than the one requested: no matching can count them.
    package private(set) var suggestedForm = 0
    /// The differences that matching has to ignore to count the others.
    package private(set) var ignoring: [TextDifference] = []
    /// Answers that came back, and right ones as the spec declares it.
    package private(set) var n = 0
    package private(set) var correct = 0

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
            if answer.reason == .unreadable { wrongForm += 1 }
            switch answer.outcome {
            case .correct, .wrong:
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

    /// The share of right answers when all known differences are ignored; `nil` when nothing came back.
    package var normalizedAccuracy: Double? { n > 0 ? Double(correct + suggestedCorrect) / Double(n) : nil }

    /// Whether normalization would change the accuracy by more than a point.
    package var differsByNormalization: Bool { n > 0 && Double(suggestedCorrect) / Double(n) > 0.01 }
}
