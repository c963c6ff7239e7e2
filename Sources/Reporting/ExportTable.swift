// The tables of a report as plain text cells, for exports in other formats.

import Basics
import Statistics
import TaskKit

/// A table of a report. Titles and cells are plain text, which each format escapes in its own way.
package struct ExportTable: Sendable {
    /// A column with its alignment.
    package struct Column: Hashable, Sendable {
        /// The heading.
        package var title: String
        /// Whether the column contains numbers, which are aligned on the right.
        package var isNumeric: Bool
    }

    /// The subject of the table: `Results: accuracy`.
    package var title: String
    /// The columns; every row has a cell for each.
    package var columns: [Column]
    /// The rows in the order of the report.
    package var rows: [[String]]

    fileprivate init(_ title: String, _ columns: [(title: String, isNumeric: Bool)], _ rows: [[String]]) {
        self.title = title
        self.columns = columns.map { Column(title: $0.title, isNumeric: $0.isNumeric) }
        self.rows = rows
    }

    /// The table as a Markdown table with escaped cells; its title is not included.
    package func markdown() -> String {
        TextTable(columns: columns.map { ($0.title, $0.isNumeric ? .right : .left) }, rows: rows).markdown()
    }
}

extension ExperimentReport {
    /// How the run ended: `done in 83 s, 12 steps ran, 3 steps cached`.
    package var status: String { Summary.status(analysis.results) }

    /// The lines about money and resources that are still billing.
    package var moneyLines: [String] { Summary.money(analysis.results) }

    /// The tables of results, comparisons and claims, by variant; empty tables are left out.
    package var tables: [ExportTable] {
        zip(analysis.variants, verdicts).flatMap { variant, verdicts in
            let name = variant.results.name.text
            let suffix = analysis.variants.count > 1 ? " (\(name))" : ""
            return
                (ExportTable.results(variant, suffix) + [
                    ExportTable.comparisons(variant, suffix), ExportTable.claims(verdicts, suffix),
                ]).filter { !$0.rows.isEmpty }
        }
    }
}

extension ExportTable {
    fileprivate static func results(_ variant: Analysis.Variant, _ suffix: String) -> [ExportTable] {
        Summary(variant).tables.map { table in
            var columns = [("model", false), ("n", true), ("\(table.metric) [95% CI]", true)]
            if table.hasLatency { columns.append(("latency ms mean / p50 / p95", true)) }
            if table.hasCost { columns.append(("cost", true)) }
            columns.append(("notes", false))
            return ExportTable(
                "Results: \(table.title)\(suffix)", columns,
                table.rows.map { row in
                    var cells = [row.isBaseline ? "\(row.model) (baseline)" : row.model, row.n, row.value]
                    if table.hasLatency { cells.append(row.latency.isEmpty ? "–" : row.latency.joined(separator: " / ")) }
                    if table.hasCost { cells.append(row.cost.isEmpty ? "–" : row.cost) }
                    return cells + [row.notes.joined(separator: "; ")]
                })
        }
    }

    fileprivate static func comparisons(_ variant: Analysis.Variant, _ suffix: String) -> ExportTable {
        var rows: [[String]] = []
        for evaluation in variant.evaluations {
            for pair in evaluation.pairs where pair.metric == .meanLatency || !evaluation.measuresLatency {
                let comparison = pair.comparison, metric = evaluation.metric(of: pair)
                rows.append([
                    "\(pair.first) − \(pair.second)", metric?.title ?? "mean latency",
                    metric.map { Wording.difference(comparison, $0.unit) } ?? Wording.latency(comparison),
                    Wording.p(comparison.pValue), Wording.p(pair.adjustedP), String(comparison.n),
                    metric.flatMap { metric in comparison.detectable.map { Wording.size($0, metric.unit) } } ?? "–",
                ])
            }
        }
        return ExportTable(
            "Comparisons\(suffix)",
            [
                ("comparison", false), ("metric", false), ("difference [95% CI]", true), ("p", true), ("p after Holm", true),
                ("n", true), ("min. detectable", true),
            ], rows)
    }

    fileprivate static func claims(_ verdicts: [ClaimVerdict], _ suffix: String) -> ExportTable {
        ExportTable(
            "Claims\(suffix)",
            [("claim", false), ("published", true), ("allowed", false), ("measured", true), ("verdict", false)],
            verdicts.map { verdict in
                let isMetric = if case .metric = verdict.claim.subject { true } else { false }
                return [
                    verdict.title, verdict.publishedText, verdict.allowedText, isMetric ? verdict.measuredText : "–",
                    verdict.verdict.rawValue + (verdict.reasonText.map { ": \($0)" } ?? ""),
                ]
            })
    }
}
