// The tables of a report as plain text cells, for exports in other formats.

import Basics
import Statistics
import TaskKit

extension ExperimentReport {
    /// The outcome of the run: `done in 83 s, 12 steps ran, 3 steps cached`.
    package var status: String { Summary.status(analysis.results) }

    /// The lines about money and resources that are still billing.
    package var moneyLines: [String] { Summary.money(analysis.results) }

    /// The tables of results, comparisons and claims, by variant; empty tables are omitted.
    package var tables: [ReportTable] {
        let tables = zip(analysis.variants, verdicts).flatMap { variant, verdicts in
            let name = variant.results.name.text
            let suffix = analysis.variants.count > 1 ? " (\(name))" : ""
            return
                (ReportTable.results(variant, suffix) + [
                    ReportTable.comparisons(variant, suffix), ReportTable.claims(verdicts, suffix),
                ]).filter { !$0.rows.isEmpty }
        }
        return tables.enumerated().map { number, table in
            var table = table
            table.name = "table-\(number + 1)"
            return table
        }
    }
}

extension ReportTable {
    fileprivate init(_ title: String, _ columns: [(title: String, isNumber: Bool)], _ rows: [[String]]) {
        self.init(name: "", title: title, columns: columns.map { Column($0.title, isNumber: $0.isNumber) }, rows: rows)
    }

    fileprivate static func results(_ variant: Analysis.Variant, _ suffix: String) -> [ReportTable] {
        Summary(variant).tables.map { table in
            var columns = [("model", false), ("n", true), ("\(table.metric) [95% CI]", true)]
            if table.hasLatency { columns.append(("latency ms mean / p50 / p95", true)) }
            if table.hasCost { columns.append(("cost", true)) }
            columns.append(("notes", false))
            return ReportTable(
                "Results: \(table.title)\(suffix)", columns,
                table.rows.map { row in
                    var cells = [row.isBaseline ? "\(row.model) (baseline)" : row.model, row.n, row.value]
                    if table.hasLatency { cells.append(row.latency.isEmpty ? "–" : row.latency.joined(separator: " / ")) }
                    if table.hasCost { cells.append(row.cost.isEmpty ? "–" : row.cost) }
                    return cells + [row.notes.joined(separator: "; ")]
                })
        }
    }

    fileprivate static func comparisons(_ variant: Analysis.Variant, _ suffix: String) -> ReportTable {
        var rows: [[String]] = []
        for evaluation in variant.evaluations {
            for pair in evaluation.pairs where pair.metric == .meanLatency || !evaluation.measuresLatency {
                let comparison = pair.comparison, metric = evaluation.metric(of: pair)
                rows.append([
                    "\(pair.first) − \(pair.second)", metric?.title ?? "mean latency",
                    metric.map { Wording.difference(comparison, $0.unit) } ?? Wording.latency(comparison),
                    Wording.pCell(comparison.pValue), Wording.pCell(pair.adjustedP), String(comparison.n),
                    metric.flatMap { metric in comparison.detectable.map { Wording.size($0, metric.unit) } } ?? "–",
                ])
            }
        }
        return ReportTable(
            "Comparisons\(suffix)",
            [
                ("comparison", false), ("metric", false), ("difference [95% CI]", true), ("p", true), ("p after Holm", true),
                ("n", true), ("min. detectable", true),
            ], rows)
    }

    fileprivate static func claims(_ verdicts: [ClaimVerdict], _ suffix: String) -> ReportTable {
        ReportTable(
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
