// Counts how replies to a task other than classification were parsed, and how those without a prediction ended.

import Basics
package import Statistics

/// Counts of one model's replies. Every reply received is in exactly one of `clean`, `unwrapped`, `cut`,
/// `unreadable`, `empty`, `refused`, `filtered` and `rejected`.
package struct ReadingCounts: Hashable, Sendable {
    /// In the requested form.
    package private(set) var clean = 0
    /// Found in a code fence, in surrounding text, or in another spelling of the requested form.
    package private(set) var unwrapped = 0
    /// Parsed from the available part of a truncated reply.
    package private(set) var cut = 0
    /// Texts without a prediction.
    package private(set) var unreadable = 0
    /// Replies without text.
    package private(set) var empty = 0
    /// Refused by the model.
    package private(set) var refused = 0
    /// Blocked by the provider's content filter.
    package private(set) var filtered = 0
    /// Requests that the provider rejected permanently.
    package private(set) var rejected = 0
    /// Items without a reply because of a transport failure; not in the sum.
    package private(set) var missing = 0
    /// Replies that reached the token limit; each is also counted above.
    package private(set) var cutOff = 0
    /// Reasons for unreadable replies, most frequent first.
    package private(set) var problems: [(reason: String, count: Int)] = []

    /// Counts the answers of one model. Answers that never came are counted in `missing` only.
    package init(_ answers: [ScoredAnswer]) {
        var problems: [String: Int] = [:]
        for answer in answers {
            guard answer.counts else {
                missing += 1
                continue
            }
            if answer.finishReason == ScoredAnswer.cutOff { cutOff += 1 }
            switch answer.item?.reading {
            case "clean": clean += 1
            case "unwrapped": unwrapped += 1
            case "cut": cut += 1
            case .some:
                unreadable += 1
                problems[answer.item?.problem ?? "unknown", default: 0] += 1
            case nil:
                switch answer.reason {
                case .refused: refused += 1
                case .filtered: filtered += 1
                case .rejected: rejected += 1
                default: empty += 1
                }
            }
        }
        self.problems = problems.map { (reason: $0.key, count: $0.value) }.sorted {
            ($1.count, $0.reason) < ($0.count, $1.reason)
        }
    }

    /// Compares the counts only; `problems` is ignored.
    package static func == (a: ReadingCounts, b: ReadingCounts) -> Bool { a.all.map(\.count) == b.all.map(\.count) }
    /// Hashes the counts only, consistent with `==`.
    package func hash(into hasher: inout Hasher) { hasher.combine(all.map(\.count)) }

    /// The counts with their names in `metrics.json`.
    var all: [(name: String, count: Int)] {
        [
            ("clean", clean), ("unwrapped", unwrapped), ("cut", cut), ("unreadable", unreadable), ("empty", empty),
            ("refused", refused), ("filtered", filtered), ("rejected", rejected), ("missing", missing),
        ]
    }

    /// Short notes for the reader; empty if every reply was clean.
    func notes(limit: AnswerLimit?) -> [String] {
        var notes: [String] = []
        if unreadable > 0 {
            let most = problems.prefix(3).map { $0.reason + ($0.count > 1 ? " ×\($0.count)" : "") }
            notes.append("\(unreadable) unreadable (\(most.joined(separator: ", ")))")
        }
        if unwrapped > 0 { notes.append("\(unwrapped) not in the requested form, but readable") }
        if cut > 0 { notes.append("\(cut) truncated but used") }
        if empty > 0 { notes.append("\(empty) empty") }
        if refused > 0 { notes.append("\(refused) refused") }
        if filtered > 0 { notes.append("\(filtered) withheld by a content filter") }
        if rejected > 0 { notes.append("\(rejected) rejected by the provider, counted with the worst score") }
        if cutOff > 0 {
            notes.append("\(cutOff) cut off at the token limit: \(limit?.advice ?? "raise the limit on the answer's tokens")")
        }
        if missing > 0 { notes.append("\(missing) missing") }
        return notes
    }
}
