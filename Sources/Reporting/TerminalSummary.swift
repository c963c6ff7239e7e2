// The run summary as lines of terminal text, with colour and line drawing if supported.

import Basics

/// The colours, characters and width that the output supports.
package struct TerminalStyle: Hashable, Sendable {
    /// Whether to use ANSI colours.
    package var colors: Bool
    /// Whether to use characters beyond ASCII.
    package var unicode: Bool
    /// The width in columns at which notes are wrapped.
    package var width: Int

    /// - Parameter width: the width in columns at which notes are wrapped.
    package init(colors: Bool, unicode: Bool, width: Int = 100) {
        self.colors = colors
        self.unicode = unicode
        self.width = width
    }
}

struct TerminalSummary {
    let analysis: Analysis
    let verdicts: [[ClaimVerdict]]
    let style: TerminalStyle
    /// Whether to include spending and resources that are still billing.
    var withMoney = true

    func render() -> String {
        let results = analysis.results
        var lines = [bold(results.experiment) + "  run \(results.run)  \(Summary.status(results))"]
        for (variant, verdicts) in zip(analysis.variants, verdicts) {
            lines.append("")
            // A sweep's tables would fill several screens, so each variant gets one sentence here and a row in the
            // ranking below.
            if analysis.variants.count > 3, variant.results.name != analysis.main?.results.name {
                lines.removeLast()
                lines.append(bold("variant \(variant.results.name)") + ": \(Summary.headline(variant))")
                lines += variant.results.failures.map { color(.red, "  failed: \($0)") }
                continue
            }
            if analysis.variants.count > 1 {
                let changes = variant.results.changes.sorted { $0.key < $1.key }.map { "  \($0.key)=\($0.value)" }
                lines.append(bold("variant \(variant.results.name)") + changes.joined())
            }
            lines += self.lines(variant, verdicts)
        }
        if analysis.variants.count > 1 {
            lines.append("")
            lines += VariantRanking(analysis).table().aligned()
        }
        for publication in analysis.publications {
            lines += ["", bold("published: \(publication.name)")]
            if !publication.table.rows.isEmpty { lines += publication.table.aligned() }
            lines += publication.sentences.flatMap { bullet($0) }
        }
        let closing =
            (results.dataset.map { ["dataset: \($0.summary)"] } ?? []) + (withMoney ? Summary.money(results) : [])
            + results.warnings.map { "warning: \($0)" }
        if !closing.isEmpty { lines += [""] + closing }
        let text = lines.joined(separator: "\n") + "\n"
        return style.unicode ? text : TerminalSummary.ascii(text)
    }

    private func lines(_ variant: Analysis.Variant, _ verdicts: [ClaimVerdict]) -> [String] {
        let summary = Summary(variant)
        var lines = variant.results.failures.map { color(.red, "failed: \($0)") }
        for table in summary.tables {
            lines += self.lines(table) + [""]
        }
        lines += summary.latencyNotes.map { dim($0) }
        lines += summary.comparisons + summary.repeats + Summary.unseen(variant).map { dim($0) }
        if !verdicts.isEmpty {
            lines += ["", "claims: \(Summary.count(verdicts))"]
            lines += (Summary.rehearsal(analysis).map { wrapped($0, indent: 2) } ?? []).map(dim)
            lines += verdicts.flatMap(self.lines)
        }
        return lines
    }

    private func lines(_ table: Summary.Table) -> [String] {
        var text = TextTable(columns: [(table.title, .left), ("n", .right), ("\(table.metric) [95% CI]", .left)])
        if table.hasLatency { text.columns += [("mean ms", .right), ("p50", .right), ("p95", .right)] }
        if table.hasCost { text.columns.append(("cost", .right)) }
        text.rows = table.rows.map { row in
            var cells = [row.model, row.n, row.value]
            if table.hasLatency { cells += row.latency.isEmpty ? ["–", "–", "–"] : row.latency }
            if table.hasCost { cells.append(row.cost.isEmpty ? "–" : row.cost) }
            return cells
        }
        var lines = text.aligned()
        lines[0] = bold(lines[0])
        let notes = table.rows.filter { !$0.notes.isEmpty }
            .flatMap { wrapped("\($0.model): \($0.notes.joined(separator: "; "))", indent: 2) }
        return lines + notes.map(dim)
    }

    private func lines(_ verdict: ClaimVerdict) -> [String] {
        let tint: TerminalText.Style? =
            switch verdict.verdict {
            case .reproduced: .green
            case .notReproduced: .red
            case .cannotTell: .yellow
            case .stated: nil
            }
        let mark = style.unicode ? verdict.mark + " " : ""
        let word = tint.map { color($0, mark + verdict.verdict.rawValue) } ?? mark + verdict.verdict.rawValue
        var text = "  \(word): \(verdict.title)"
        if verdict.claim.published != nil { text += ", published \(verdict.publishedText)" }
        if case .metric = verdict.claim.subject {
            text += ", \(verdict.allowedText), measured \(verdict.measuredText)"
        }
        if let reason = verdict.reasonText { text += "; \(reason)" }
        return [text]
    }

    private func bullet(_ text: String) -> [String] {
        var lines = wrapped(text, indent: 2)
        lines[0] = "- " + String(lines[0].dropFirst(2))
        return lines
    }

    private func wrapped(_ text: String, indent: Int) -> [String] {
        let margin = String(repeating: " ", count: indent)
        var lines: [String] = [], line = margin
        for word in text.split(separator: " ") {
            if line.count + word.count > max(40, style.width), line.count > indent {
                lines.append(String(line.dropLast()))
                line = margin + "  "
            }
            line += word + " "
        }
        return lines + [String(line.dropLast())]
    }

    private func color(_ color: TerminalText.Style, _ text: String) -> String {
        style.colors ? TerminalText.styled(text, color) : text
    }
    private func bold(_ text: String) -> String { color(.bold, text) }
    private func dim(_ text: String) -> String { color(.dim, text) }

    /// The text with its non-ASCII typography replaced by ASCII. Names of models and labels are unchanged.
    static func ascii(_ text: String) -> String {
        [("−", "-"), ("–", "-"), ("…", "..."), ("·", "-"), ("→", "->"), ("─", "-")]
            .reduce(text) { $0.replacing($1.0, with: $1.1) }
    }
}
