// CSV: every metric of a run with its interval.

import Basics
import Reporting
import Statistics
import TaskKit

extension ExportSource {
    /// One line per variant, evaluation, model and metric, with unrounded numbers; unknown cells are empty.
    package func csv() -> String {
        var text = CSV.line([
            "run", "variant", "evaluation", "model", "split", "metric", "value", "low", "high", "n", "unit", "better",
        ])
        for row in rows {
            func line(
                _ metric: String, _ value: Double, _ low: Double?, _ high: Double?, _ n: Int?, _ unit: String, _ better: String
            ) {
                text += CSV.line([
                    results.run.text, row.variant, row.evaluation, row.model.name, row.model.result.split, metric, "\(value)",
                    low.map { "\($0)" } ?? "", high.map { "\($0)" } ?? "", n.map(String.init) ?? "", unit, better,
                ])
            }
            for metric in row.metrics {
                let unit =
                    switch metric.metric.unit {
                    case .share: "share"
                    case .plain: ""
                    case .of(let unit): unit
                    }
                line(
                    metric.metric.name, metric.value, metric.interval?.low, metric.interval?.high, metric.n, unit,
                    metric.metric.better.rawValue)
            }
            if let latency = row.model.latency {
                let interval = row.model.meanLatencyInterval
                line("latency_ms.mean", latency.mean, interval?.low, interval?.high, latency.n, "ms", "down")
                for (name, value) in [("p50", latency.p50), ("p90", latency.p90), ("p95", latency.p95), ("p99", latency.p99)] {
                    line("latency_ms.\(name)", value, nil, nil, latency.n, "ms", "down")
                }
            }
            if let cost = row.model.result.resultCost {
                line("result_cost_usd", cost.dollars, nil, nil, row.model.answered, "USD", "down")
            }
        }
        return text
    }
}
