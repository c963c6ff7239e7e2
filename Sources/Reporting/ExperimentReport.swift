// Renders every output of a run: terminal, Markdown, metrics, predictions, page.

package import Basics
package import Foundation
import Statistics
package import TaskKit

/// Renders one run's results. All outputs use the same analysis.
package struct ExperimentReport: Sendable {
    /// The scores and comparisons that all outputs show.
    package let analysis: Analysis
    let metrics: [VariantMetrics]
    /// The verdicts by variant, then by claim, in the order of the analysis.
    package let verdicts: [[ClaimVerdict]]

    /// - Parameter tasks: the tasks that results may name.
    package init(_ results: ExperimentResults, tasks: TaskRegistry) {
        let analysis = Analysis(results, tasks: tasks)
        let metrics = analysis.variants.map {
            VariantMetrics($0, table: analysis.table, isClassification: analysis.isClassification)
        }
        self.analysis = analysis
        self.metrics = metrics
        verdicts = zip(analysis.variants, metrics).map { variant, metrics in
            variant.results.claims.map { ClaimVerdict($0, metrics: metrics) }
        }
    }

    /// Whether a claim was conclusively not reproduced, which makes `--check-claims` fail.
    package var hasFailedClaim: Bool { verdicts.joined().contains { $0.verdict == .notReproduced } }

    /// The summary table and its notes for a terminal.
    /// - Parameter withMoney: whether to include spending and resources that are still billing.
    package func terminal(_ style: TerminalStyle, withMoney: Bool = true) -> String {
        TerminalSummary(analysis: analysis, verdicts: verdicts, style: style, withMoney: withMoney).render()
    }

    /// The table as CSV with unrounded numbers: one row per model, evaluation and variant. Unknown cells are empty.
    ///
    /// The primary metric comes first, then latency and cost, then the task's other metrics, each with the limits of its
    /// 95% interval where one is computed.
    package func table() -> String {
        let others = analysis.table.others.filter { !$0.isDetail }
        // The intervals of classification's other rows are expensive and omitted, as in metrics.json.
        func hasInterval(_ metric: TaskMetric) -> Bool { metric.interval != .none && metric.interval != .percentile }
        func columns(_ metric: TaskMetric) -> [String] {
            [metric.name] + (hasInterval(metric) ? [metric.name + "_low", metric.name + "_high"] : [])
        }
        var text = CSV.line(
            ["variant", "evaluation", "model", "split", "n"] + columns(analysis.table.primary)
                + ["latency_ms_mean", "latency_ms_p50", "latency_ms_p95", "cost_usd"] + others.flatMap(columns))
        func cell(_ number: Double?) -> String { number.map { "\($0)" } ?? "" }
        func cells(_ value: MetricValue) -> [String] {
            [cell(value.value)]
                + (hasInterval(value.metric) ? [cell(value.interval?.low), cell(value.interval?.high)] : [])
        }
        for variant in analysis.variants {
            for evaluation in variant.evaluations {
                for model in evaluation.models {
                    var line = [
                        variant.results.name.text, evaluation.name, model.name, model.result.split, String(model.answered),
                    ]
                    line += cells(model.primary)
                    line += [
                        cell(model.latency?.mean), cell(model.latency?.p50), cell(model.latency?.p95),
                        cell(model.result.resultCost?.dollars),
                    ]
                    for metric in others { line += cells(model.value(of: metric)) }
                    text += CSV.line(line)
                }
            }
        }
        return text
    }

    /// The contents of `report.md`.
    package func markdown() -> String { MarkdownReport(analysis: analysis, verdicts: verdicts).render() }

    /// The contents of `report.html`: a single self-contained file under 3 MB.
    /// - Parameter picture: the bytes of an example's picture by its id (JPEG, PNG, WebP or GIF), for the gallery.
    /// Pictures are embedded unchanged until the page is full; smaller pictures therefore let it show more mistakes.
    /// - Throws: if a template does not parse, which is a bug.
    package func page(picture: (_ example: String) -> Data? = { _ in nil }) throws -> String {
        let html = try HTML()
        // The page is complete before this returns, so the closure does not outlive the call.
        return withoutActuallyEscaping(picture) { picture in
            html.page(PageBuilder(analysis: analysis, verdicts: verdicts, html: html).page(.embedded(picture)))
        }
    }

    /// The contents of `metrics.json`, with the verdicts on claims, by variant.
    package func metricsDocument() -> JSONValue {
        var variants: [String: JSONValue] = [:]
        for (at, variant) in analysis.variants.enumerated() {
            guard case .object(var members) = metrics[at].document else { continue }
            members["claims"] = .array(verdicts[at].map(ExperimentReport.claim))
            variants[variant.results.name.text] = .object(members)
        }
        var document: [String: JSONValue] = ["variants": .object(variants)]
        if !analysis.publications.isEmpty {
            document["published"] = .object(
                Dictionary(
                    analysis.publications.map { ($0.name, $0.document) }, uniquingKeysWith: { first, _ in first }))
        }
        return .object(document)
    }

    private static func claim(_ verdict: ClaimVerdict) -> JSONValue {
        var members: [String: JSONValue] = [
            "published": verdict.claim.published.map(JSONValue.double) ?? .null,
            "verdict": .string(verdict.verdict.rawValue),
            "measured": verdict.measured.map(JSONValue.double) ?? .null, "metric": .null,
        ]
        switch verdict.claim.subject {
        case .metric(let path, _):
            members["metric"] = .string(path)
            members["tolerance"] = .string(verdict.claim.toleranceText)
        case .stated(let text): members["stated"] = .string(text)
        }
        if let interval = verdict.interval, interval.isFinite { members["interval"] = JSONValue(interval: interval) }
        if let source = verdict.claim.source { members["source"] = .string(source) }
        if let reason = verdict.reasonText { members["reason"] = .string(reason) }
        switch verdict.reason {
        case .straddles(let needed?), .coarse(let needed?): members["n_needed"] = .int(Int64(needed))
        default: break
        }
        return .object(members)
    }

    /// The contents of `predictions.csv`, one line per answer; with repeats, only those of the first.
    package func predictions() -> String {
        guard analysis.isClassification else { return itemPredictions() }
        var text = CSV.line([
            "variant", "evaluation", "example", "split", "label", "model", "answer", "matched", "correct", "latency_ms",
        ])
        for variant in analysis.variants {
            for evaluation in variant.evaluations {
                for model in evaluation.models {
                    for answer in model.result.answers {
                        text += CSV.line([
                            variant.results.name.text, evaluation.name, answer.example, model.result.split,
                            answer.label, model.name, answer.answer ?? "", answer.matched ?? "",
                            answer.counts ? String(answer.isCorrect) : "",
                            answer.latencyMilliseconds.map { "\($0)" } ?? "",
                        ])
                    }
                }
            }
        }
        return text
    }

    /// The same for items: how each reply was parsed, with its counts as JSON.
    private func itemPredictions() -> String {
        var text = CSV.line([
            "variant", "evaluation", "item", "image", "group", "split", "question", "reference", "model", "answer",
            "prediction", "reading", "counts", "latency_ms",
        ])
        for variant in analysis.variants {
            for evaluation in variant.evaluations {
                for model in evaluation.models {
                    for answer in model.result.answers {
                        let item = answer.item
                        let counts =
                            item.map { item in
                                JSONValue.object(item.score.counts.mapValues { .double($0) }).canonical
                            } ?? ""
                        text += CSV.line([
                            variant.results.name.text, evaluation.name, answer.example, item?.image ?? "", item?.group ?? "",
                            model.result.split, item?.question ?? "", answer.label, model.name, answer.answer ?? "",
                            answer.matched ?? "", answer.counts ? item?.reading ?? answer.reason?.rawValue ?? "" : "missing",
                            answer.counts ? counts : "", answer.latencyMilliseconds.map { "\($0)" } ?? "",
                        ])
                    }
                }
            }
        }
        return text
    }
}
