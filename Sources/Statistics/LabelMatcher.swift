// Matches answers to labels: exactly, then with the differences that the spec ignores.

/// The reply to one request.
package enum Reply: Hashable, Sendable {
    /// Text, possibly empty. For JSON answers, the value of the requested property.
    case text(String)
    /// Text in another form than requested. It matches nothing; `value` is its most likely meaning.
    case unreadable(String, value: String?)
    /// A refusal by the model, with its text.
    case refused(String?)
    /// A content filter withheld the answer.
    case filtered
    /// The provider rejected the image.
    case rejected
    /// No response was received.
    case missing
}

/// Matches answers against a dataset's labels.
package struct LabelMatcher: Sendable {
    private let labels: Set<String>
    private let aliases: [String: String]
    private let declared: Table
    private let reported: Table
    private let names: [String: [String]]

    /// The labels under one normalization.
    private struct Table {
        var normalization: TextNormalization
        /// The unique label for each normalized text. Labels that normalize alike are excluded: an answer between
        /// them names neither.
        var labels: [String: String]

        init(_ normalization: TextNormalization, _ labels: [String], _ aliases: [String: [String]]) {
            self.normalization = normalization
            var found: [String: String?] = [:]
            func add(_ text: String, _ label: String) {
                let key = normalization(text)
                // Text that consists only of ignored characters names nothing.
                guard !key.isEmpty else { return }
                if let known = found[key], known != label { found[key] = .some(nil) } else { found[key] = label }
            }
            for label in labels { add(label, label) }
            for (label, names) in aliases { for name in names { add(name, label) } }
            self.labels = found.compactMapValues { $0 }
        }

        func match(_ answer: String) -> String? {
            if let label = labels[normalization(answer)] { return label }
            // `red: green` names two labels, hence none.
            guard let (introduction, rest) = normalization.split(answer), labels[normalization(introduction)] == nil
            else { return nil }
            return labels[normalization(rest)]
        }
    }

    /// - Parameters:
    ///   - ignoring: differences to ignore if nothing matches exactly.
    ///   - aliases: alternative names by label.
    package init(
        labels: some Sequence<String>, ignoring: Set<TextDifference> = [], aliases: [String: [String]] = [:]
    ) {
        let all = Array(labels)
        names = aliases
        self.labels = Set(all)
        var known: [String: String] = [:]
        for (label, names) in aliases { for name in names { known[name] = label } }
        self.aliases = known
        declared = Table(TextNormalization(ignoring), all, aliases)
        reported = Table(.all, all, aliases)
    }

    /// The label that an answer names, in the label's own Unicode form; `nil` if it names none.
    package func match(_ answer: String) -> String? {
        // Strings are equal in every Unicode form.
        if let found = labels.firstIndex(of: answer) { return labels[found] }
        return aliases[answer] ?? declared.match(answer)
    }

    /// The label that an answer names if every difference is ignored, and the differences that must be ignored.
    package func suggestion(for answer: String) -> (label: String, ignoring: [TextDifference])? {
        guard let label = reported.match(answer) else { return nil }
        var needed = TextNormalization.all
        for difference in TextDifference.allCases {
            var fewer = needed
            fewer.ignored.remove(difference)
            let texts = [fewer(answer)] + (fewer.split(answer).map { [fewer($0.rest)] } ?? [])
            if ([label] + (names[label] ?? [])).contains(where: { texts.contains(fewer($0)) }) { needed = fewer }
        }
        return (label, TextDifference.allCases.filter(needed.ignored.contains))
    }

    /// Scores one reply against an example's label.
    package func score(
        example: String, label: String, reply: Reply, finishReason: String? = nil, latencyMilliseconds: Double? = nil
    ) -> ScoredAnswer {
        var scored = ScoredAnswer(
            example: example, label: label, answer: nil, matched: nil, outcome: .missing,
            latencyMilliseconds: latencyMilliseconds)
        scored.finishReason = finishReason
        func suggest(_ text: String) {
            guard let found = suggestion(for: text) else { return }
            scored.suggested = found.label
            scored.ignoring = found.ignoring
        }
        switch reply {
        case .missing: break
        case .filtered:
            scored.outcome = .unanswered
            scored.reason = .filtered
        case .rejected:
            scored.outcome = .unanswered
            scored.reason = .rejected
        case .refused(let words):
            scored.answer = words
            scored.outcome = .unanswered
            scored.reason = .refused
        case .unreadable(let text, let value):
            scored.answer = text
            scored.outcome = .unmatched
            scored.reason = .unreadable
            if let value { suggest(value) }
        case .text(let text):
            scored.answer = text
            scored.matched = match(text)
            if let matched = scored.matched {
                scored.outcome = matched == label ? .correct : .wrong
                if matched != text { scored.isNormalized = true }
            } else if text.allSatisfy(\.isWhitespace) {
                scored.outcome = .unanswered
                scored.reason = .empty
            } else {
                scored.outcome = .unmatched
                suggest(text)
            }
        }
        return scored
    }
}

/// A problem in a declared match, such as one answer that could name two labels.
package enum MatchConflict: Hashable, Sendable {
    /// Labels that are equal if the declared differences are ignored.
    case equalLabels([String])
    /// An alias of one label that also names another.
    case alias(String, of: String, names: String)
    /// Aliases for a text that is not a label.
    case unknownLabel(String)
    /// A label or alias that becomes empty if the declared differences are ignored.
    case empty(String, of: String?)
}

extension LabelMatcher {
    /// The problems of a declared match for these labels, in the order of the labels; empty if every answer names at
    /// most one label.
    package static func conflicts(
        labels: [String], ignoring: Set<TextDifference>, aliases: [String: [String]]
    ) -> [MatchConflict] {
        let normalization = TextNormalization(ignoring)
        var conflicts: [MatchConflict] = []
        var groups: [String: [String]] = [:], order: [String] = []
        for label in labels where groups[normalization(label)]?.contains(label) != true {
            let key = normalization(label)
            guard !key.isEmpty || label.isEmpty else {
                conflicts.append(.empty(label, of: nil))
                continue
            }
            if groups[key] == nil { order.append(key) }
            groups[key, default: []].append(label)
        }
        for key in order { if let group = groups[key], group.count > 1 { conflicts.append(.equalLabels(group)) } }
        let known = Set(labels)
        var owners: [String: String] = [:]
        for (label, names) in aliases.sorted(by: { $0.key < $1.key }) {
            guard known.contains(label) else {
                conflicts.append(.unknownLabel(label))
                continue
            }
            for name in names {
                let key = normalization(name)
                guard !key.allSatisfy(\.isWhitespace) else {
                    conflicts.append(.empty(name, of: label))
                    continue
                }
                if let other = groups[key]?.first(where: { $0 != label }) ?? owners[key].flatMap({ $0 == label ? nil : $0 }) {
                    conflicts.append(.alias(name, of: label, names: other))
                }
                owners[key] = label
            }
        }
        return conflicts
    }
}
