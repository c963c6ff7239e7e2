// A run's results in the form that all exports read.

package import Basics
package import Reporting
import Statistics
package import TaskKit

/// The results of a run, their report, and every number of `metrics.json` with its interval.
package struct ExportSource: Sendable {
    /// A metric of one model in one evaluation.
    package struct Metric: Sendable {
        /// The row of the metric table.
        package var metric: TaskMetric
        /// Unrounded, in the unit of the metric.
        package var value: Double
        /// The limits of the 95% interval; `nil` without one.
        package var interval: (low: Double, high: Double)?
        /// The number of items in the metric, such as those that were answered with a number.
        package var n: Int
    }

    /// One model in one evaluation of one variant.
    package struct Row: Sendable {
        /// The variant's name.
        package var variant: String
        /// The differences of the variant from the spec.
        package var changes: [String: String]
        /// The evaluation's name.
        package var evaluation: String
        /// The model with its answers and scores.
        package var model: Analysis.Model
        /// The model's part of `metrics.json`.
        package var document: JSONValue
        /// The metrics with a value, in the order of the task's metric table.
        package var metrics: [Metric]
    }

    /// The stored results.
    package let results: ExperimentResults
    /// The report that the numbers come from.
    package let report: ExperimentReport
    /// The contents of `metrics.json`.
    package let document: JSONValue
    /// In the order of the report.
    package let rows: [Row]

    /// - Parameter tasks: the tasks that results may name.
    package init(_ results: ExperimentResults, tasks: TaskRegistry) {
        let report = ExperimentReport(results, tasks: tasks)
        let document = report.metricsDocument()
        var rows: [Row] = []
        for variant in report.analysis.variants {
            let name = variant.results.name.text
            for evaluation in variant.evaluations {
                for model in evaluation.models {
                    let own = document["variants"]?[name]?["evaluations"]?[evaluation.name]?[model.name] ?? .null
                    rows.append(
                        Row(
                            variant: name, changes: variant.results.changes, evaluation: evaluation.name, model: model,
                            document: own,
                            metrics: report.analysis.table.all.compactMap {
                                ExportSource.metric($0, in: own, answered: model.answered)
                            }))
                }
            }
        }
        self.results = results
        self.report = report
        self.document = document
        self.rows = rows
    }

    /// - Parameter answered: the number of items in a metric for which the document states none.
    private static func metric(_ metric: TaskMetric, in document: JSONValue, answered: Int) -> Metric? {
        func member(_ path: String) -> JSONValue? {
            guard let dot = path.firstIndex(of: ".") else { return document[path] }
            // Only the first component of a metric's name is a separate member.
            return document[String(path[..<dot])].flatMap { inner in
                let rest = String(path[path.index(after: dot)...])
                return inner[rest] ?? nested(rest, in: inner)
            }
        }
        guard let value = member(metric.name)?.double else { return nil }
        var found = Metric(metric: metric, value: value, n: member(metric.name + "_n")?.int ?? answered)
        if let limits = member(metric.name + "_interval")?.array, limits.count == 2, let low = limits[0].double,
            let high = limits[1].double
        {
            found.interval = (low, high)
        }
        return found
    }

    private static func nested(_ path: String, in document: JSONValue) -> JSONValue? {
        guard let dot = path.firstIndex(of: ".") else { return document[path] }
        return document[String(path[..<dot])].flatMap { nested(String(path[path.index(after: dot)...]), in: $0) }
    }
}
