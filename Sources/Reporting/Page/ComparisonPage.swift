// Builds the page that compares runs, section by section.

import Basics
import Statistics
import TaskKit

struct ComparisonPage {
    let comparison: RunComparison
    let html: HTML

    private var metric: TaskMetric { comparison.metric }

    /// - Parameter keys: differences between the steps of the first and last run, one line each.
    func page(keys: [String]) -> Page {
        var sections = [rankingSection()]
        if let first = comparison.runs.first?.results, let last = comparison.runs.last?.results, comparison.runs.count > 1 {
            sections += [specSection(), dataSection(first, last), numbersSection(), keysSection(keys)]
        }
        let title = "\(Wording.count(comparison.runs.count, "run")) compared"
        let ends = [comparison.runs.first, comparison.runs.last].compactMap { $0?.results.run.text }
        return Page(
            kind: "Assay comparison", experiment: title, run: "", version: comparison.runs.last?.results.version ?? "",
            machine: "", date: "first \(ends.first ?? ""), last \(ends.last ?? "")",
            headline: title, lede: comparison.header, failures: [], warnings: [], hasWarnings: false, figures: nil,
            sections: sections)
    }

    private func rankingSection() -> Page.Section {
        let ranking = comparison.ranking.table()
        var table = HTMLTable(
            "Ranking by \(metric.title)",
            ["#place", "model", "#n", "\(metric.title) [95% CI]", "behind the best"])
        table.columns[3].style = "keep"
        table.columns[4].style = "words"
        for row in ranking.rows { table.add(row[0], Array(row.dropFirst())) }
        let isMixed = comparison.runs.contains { $0.table.primary.name != metric.name }
        return Page.Section(
            id: "ranking", title: "Results",
            paragraphs: isMixed ? ["Runs with a primary metric other than \(metric.title) are not ranked."] : [],
            body: html.table(table))
    }

    private func specSection() -> Page.Section {
        let lines = comparison.specLines
        let body =
            lines.isEmpty
            ? "<p>No difference.</p>"
            : "<pre tabindex=\"0\"><code>\(Markup.html(lines.joined(separator: "\n")))</code></pre>"
        return Page.Section(
            id: "spec-changes", title: "Changes in the spec",
            paragraphs: lines.isEmpty ? [] : ["− marks lines of the first run, + lines of the last run."], body: body)
    }

    private func dataSection(_ first: ExperimentResults, _ last: ExperimentResults) -> Page.Section {
        let changes = DataChanges(from: first, to: last)
        var table = HTMLTable("Images per label", ["label", "#first run", "#last run"])
        for label in changes.labels {
            table.add(label.name, [label.was.map(Wording.grouped) ?? "–", label.now.map(Wording.grouped) ?? "–"])
        }
        let body = html.list(changes.lines) + html.table(table)
        return Page.Section(
            id: "data-changes", title: "Changes in the data", body: changes.isEmpty ? "<p>No difference.</p>" : body)
    }

    private func numbersSection() -> Page.Section {
        var table = HTMLTable(
            "Last run versus first; p adjusted by Holm's method",
            [
                "variant, evaluation, model", "#first run", "#last run", "difference", "#p", "latency", "#cost, first run",
                "#cost, last run", "answers",
            ])
        table.columns[3].style = "keep"
        func value(_ value: Double?) -> String { value.map { Wording.measured($0, metric.unit) } ?? "–" }
        for change in comparison.numberChanges {
            table.add(
                "\(change.variant), \(change.evaluation), \(change.model)",
                [
                    change.isTiming ? "–" : value(change.accuracyWas), change.isTiming ? "–" : value(change.accuracyIs),
                    change.accuracy.map {
                        Wording.difference($0, metric.unit) + ($0.isPaired ? "" : ", not paired")
                    } ?? "–",
                    change.accuracyP.map(Wording.pCell) ?? "–",
                    change.latency.map(Wording.latency) ?? "–", change.costWas.map { "\($0)" } ?? "–",
                    change.costIs.map { "\($0)" } ?? "–", change.isSame ? "the same" : "different",
                ])
        }
        let alone =
            comparison.onlyFirst.map { "only in the first run: \($0)" }
            + comparison.onlyLast.map { "only in the last run: \($0)" }
        let body = html.table(table) + html.list(alone)
        return Page.Section(
            id: "number-changes", title: "Changes in the results",
            paragraphs: [metric.title.capitalizedFirst + "."], body: body.isEmpty ? "<p>No common rows.</p>" : body)
    }

    private func keysSection(_ keys: [String]) -> Page.Section {
        Page.Section(
            id: "key-changes", title: "Changes in the steps",
            paragraphs: ["Steps with different keys, and the parts that changed."],
            body: keys.isEmpty ? "<p>No difference.</p>" : html.list(keys))
    }
}
