// Describes how a model's answers ended: matched, unmatched and why.

import Statistics

extension Summary {
    /// Short notes on answers that are not plain matches; empty if all answers are labels.
    static func notes(_ counts: AnswerCounts, limit: AnswerLimit?) -> [String] {
        var notes: [String] = []
        if counts.suggestedCorrect > 0, let accuracy = counts.normalizedAccuracy {
            notes.append("\(Wording.percent(accuracy)) after normalization")
        }
        let texts = counts.texts.reduce(0) { $0 + $1.count }
        if texts > 0 {
            let isOften = counts.texts.count < texts
            let most = counts.texts.prefix(3).map { quoted($0.text, 30) + ($0.count > 1 ? " ×\($0.count)" : "") }
            notes.append(
                "\(texts) unmatched (\(isOften ? "most often " : "")\(most.joined(separator: ", "))\(counts.texts.count > 3 ? ", …" : ""))"
            )
        }
        if counts.wrongFormat > 0 { notes.append("\(counts.wrongFormat) not in the requested JSON form") }
        if counts.empty > 0 {
            let reasons = counts.finishReasons.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { reason, count in
                counts.finishReasons.count == 1 ? reason : "\(reason) ×\(count)"
            }
            let isKnown = counts.finishReasons.keys.contains { $0 != AnswerCounts.unknownReason }
            notes.append("\(counts.empty) empty" + (isKnown ? " (finish reason \(reasons.joined(separator: ", ")))" : ""))
        }
        if counts.refused > 0 { notes.append("\(counts.refused) refused") }
        if counts.rejected > 0 { notes.append("\(counts.rejected) rejected by the provider, counted as wrong") }
        if counts.filtered > 0 { notes.append("\(counts.filtered) withheld by a content filter") }
        if counts.cutOff > 0 {
            notes.append(
                "\(counts.cutOff) cut off at the token limit: \(limit?.advice ?? "raise the limit on the answer's tokens")")
        }
        if counts.missing > 0 { notes.append("\(counts.missing) missing") }
        return notes
    }

    /// A warning if normalization would change the accuracy by more than one percentage point; otherwise `nil`.
    static func normalizationWarning(_ model: Analysis.Model, in evaluation: String) -> String? {
        let counts = model.counts
        guard counts.differsByNormalization, let accuracy = counts.normalizedAccuracy, let exact = model.score.accuracy
        else { return nil }
        let change = "\(Wording.percent(accuracy)) right instead of \(Wording.percent(exact))"
        // Matching parses answers in the requested form and counts no others.
        let inForm = counts.suggested - counts.suggestedForm
        let formRule = "\(counts.suggestedForm == 1 ? "names" : "name") a label, but not in the requested JSON form"
        let of = Wording.count(counts.n, "answer")
        guard inForm > 0 else { return "\(evaluation), \(model.name): \(counts.suggestedForm) of \(of) \(formRule): \(change)" }
        let words = Wording.list(counts.ignoring.map(word))
        let options = counts.ignoring.filter { $0 != .unicode }.map(\.rawValue)
        let parts =
            (options.isEmpty ? [] : ["ignore: [\(options.joined(separator: ", "))]"])
            + (counts.ignoring.contains(.unicode) ? ["unicode: nfkc"] : [])
        let match = "'match: { \(parts.joined(separator: ", ")) }'"
        let start = "\(evaluation), \(model.name): \(inForm) of \(of) would match without \(words)"
        return counts.suggestedForm == 0
            ? "\(start): \(change); \(match) counts them"
            : "\(start), and \(match) counts them; \(counts.suggestedForm) \(formRule); with both, \(change)"
    }

    /// The columns of the table of answer outcomes.
    static let answerColumns = [
        "exact", "normalized", "unmatched", "other form", "empty", "refused", "filtered", "missing", "cut off",
        "accuracy after normalization",
    ]

    /// One model's cells for `answerColumns`.
    static func answerCells(_ counts: AnswerCounts) -> [String] {
        [
            counts.exact, counts.normalized, counts.unmatched, counts.unreadable, counts.empty, counts.refused,
            counts.filtered, counts.missing, counts.cutOff,
        ].map(String.init) + [counts.normalizedAccuracy.map { Wording.percent($0) } ?? "–"]
    }

    /// The text on one line: quoted, with control characters escaped, truncated to a limit.
    static func quoted(_ text: String, _ limit: Int) -> String {
        var line = ""
        for scalar in text.unicodeScalars.prefix(limit) {
            switch scalar {
            case "\n": line += "\\n"
            case "\t": line += "\\t"
            case "\r": line += "\\r"
            default:
                let isShown = ![.control, .format, .lineSeparator, .paragraphSeparator]
                    .contains(scalar.properties.generalCategory)
                line += isShown ? String(scalar) : "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
            }
        }
        return "“\(line)\(text.unicodeScalars.count > limit ? "…" : "")”"
    }

    private static func word(_ difference: TextDifference) -> String {
        switch difference {
        case .unicode: "typographic characters"
        case .case: "upper and lower case"
        case .punctuation: "punctuation"
        case .quotes: "quotation marks"
        case .markdown: "Markdown"
        case .spaces: "extra spaces"
        }
    }
}

/// The limit that a request sets on the tokens of an answer.
package struct AnswerLimit: Hashable, Sendable, Codable {
    /// The request's name in the spec.
    package var request: String
    /// `max_tokens` or `max_completion_tokens`.
    package var setting: String
    /// `nil` if the request sets none and the provider's own limit applies.
    package var tokens: Int?

    /// - Parameter tokens: the value of `setting`; `nil` if the request does not set it.
    package init(request: String, setting: String, tokens: Int?) {
        self.request = request
        self.setting = setting
        self.tokens = tokens
    }

    /// Advice for answers that were cut off.
    var advice: String {
        tokens.map { "raise '\(setting)' of the request '\(request)', now \($0)" }
            ?? "set '\(setting)' of the request '\(request)'"
    }
}
