// Finds the label that an answer names: exactly, then by the normalisation that the spec declares.

/// What came back for one request.
package enum Reply: Hashable, Sendable {
    /// Text, possibly empty. From a JSON answer, the asked field's value.
    case text(String)
    /// A content filter withheld the answer.
    case filtered
    /// Nothing came back.
    case missing
}

/// Matches answers against a dataset's labels.
package struct LabelMatcher: Sendable {
    /// Differences between an answer and a label that are overlooked when nothing matches exactly.
    package struct Normalization: Hashable, Sendable, Codable {
        /// `beagle` is `Beagle`.
        package var ignoresCase: Bool
        /// White space around the answer does not matter, and any run of it inside equals one space.
        package var ignoresSpaces: Bool

        package init(ignoresCase: Bool = false, ignoresSpaces: Bool = false) {
            self.ignoresCase = ignoresCase
            self.ignoresSpaces = ignoresSpaces
        }

        package static let exact = Normalization()

        func callAsFunction(_ text: String) -> String {
            var text = text
            if ignoresSpaces { text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
            return ignoresCase ? text.lowercased() : text
        }
    }

    private let labels: Set<String>
    private let normalization: Normalization
    /// The one label behind a normalised text; two labels that normalise alike are left out, because an
    /// answer between them names neither.
    private let normalized: [String: String]

    package init(labels: some Sequence<String>, normalization: Normalization = .exact) {
        self.labels = Set(labels)
        self.normalization = normalization
        var normalized: [String: String?] = [:]
        for label in self.labels {
            let key = normalization(label)
            normalized[key] = normalized[key] == nil ? .some(label) : .some(nil)
        }
        self.normalized = normalized.compactMapValues { $0 }
    }

    /// The label that an answer names, if it names one.
    package func match(_ answer: String) -> String? {
        if labels.contains(answer) { return answer }
        return normalized[normalization(answer)]
    }

    /// Holds one reply against an example's label.
    package func score(
        example: String, label: String, reply: Reply, latencyMilliseconds: Double? = nil
    ) -> ScoredAnswer {
        var scored = ScoredAnswer(
            example: example, label: label, answer: nil, matched: nil, outcome: .missing,
            latencyMilliseconds: latencyMilliseconds)
        switch reply {
        case .missing: break
        case .filtered: scored.outcome = .unanswered
        case .text(let text):
            scored.answer = text
            scored.matched = match(text)
            if let matched = scored.matched {
                scored.outcome = matched == label ? .correct : .wrong
            } else {
                scored.outcome = text.allSatisfy(\.isWhitespace) ? .unanswered : .unmatched
            }
        }
        return scored
    }
}
