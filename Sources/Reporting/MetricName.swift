// Translates a path into `metrics.json` into a title and a number format.

import Basics
import Foundation
import Statistics
import TaskKit

/// `evaluations.accuracy.base.accuracy` as "accuracy of base", in percent.
struct MetricName: Hashable, Sendable {
    enum Unit: Hashable, Sendable {
        case share, points, relative, milliseconds, millisecondsApart, dollars, seconds, plain
        /// A value in a unit such as `mm`, and a difference of such values.
        case of(String), apart(String)

        /// The format of a metric's values or, if `isDifference`, of their differences.
        init(_ unit: TaskMetric.Unit, isDifference: Bool) {
            self =
                switch unit {
                case .share: isDifference ? .points : .share
                case .plain: .plain
                case .of(let unit): isDifference ? .apart(unit) : .of(unit)
                }
        }
    }

    var title: String
    var unit: Unit

    init(_ path: String, _ table: MetricTable) {
        self =
            MetricName.evaluation(path, table) ?? MetricName.comparison(path, table) ?? MetricName.training(path)
            ?? MetricName(title: path, unit: .plain)
    }

    private init(title: String, unit: Unit) {
        self.title = title
        self.unit = unit
    }

    private static let measures: [(end: String, title: String, unit: Unit)] = [
        ("accuracy_normalized", "accuracy after normalization", .share), ("latency_ms.mean", "mean latency", .milliseconds),
        ("latency_ms.p50", "median latency", .milliseconds),
        ("latency_ms.p90", "latency, 90th percentile,", .milliseconds),
        ("latency_ms.p95", "latency, 95th percentile,", .milliseconds),
        ("latency_ms.p99", "latency, 99th percentile,", .milliseconds),
        ("result_cost_usd", "cost of the answers", .dollars),
    ]

    /// `evaluations.EVALUATION.MODEL.MEASURE`; a model's name may contain dots, an evaluation's may not.
    private static func evaluation(_ path: String, _ table: MetricTable) -> MetricName? {
        guard let rest = path.rest(after: "evaluations.") else { return nil }
        // Tries the longest name first: `balanced_accuracy` ends with `accuracy`.
        let own = table.all.map { (end: $0.name, title: $0.title, unit: Unit($0.unit, isDifference: false)) }
            .sorted { $0.end.utf8.count > $1.end.utf8.count }
        for measure in own + measures {
            guard let names = rest.rest(before: "." + measure.end), let (evaluation, model) = names.halves else { continue }
            return MetricName(
                title: "\(measure.title) of \(model)" + place(evaluation, besides: measure.title), unit: measure.unit)
        }
        return nil
    }

    /// `comparisons.EVALUATION.METRIC.FIRST.SECOND.difference`, or `….relative`.
    private static func comparison(_ path: String, _ table: MetricTable) -> MetricName? {
        guard let rest = path.rest(after: "comparisons."), let (evaluation, inner) = rest.halves else { return nil }
        let own = table.all.map { ($0.name + ".", $0.title, Unit($0.unit, isDifference: true)) }
        for (metric, title, unit) in own + [("latency_ms_mean.", "mean latency", .millisecondsApart)] {
            guard let pair = inner.rest(after: metric) else { continue }
            for (end, unit) in [(".difference", unit), (".relative", .relative)] {
                guard let names = pair.rest(before: end), let (first, second) = names.halves else { continue }
                return MetricName(
                    title: "\(title), \(first) versus \(second)" + place(evaluation, besides: title), unit: unit)
            }
        }
        return nil
    }

    private static func training(_ path: String) -> MetricName? {
        guard let rest = path.rest(after: "training.") else { return nil }
        for (end, title, unit) in [
            (".cost_usd", "cost of training", Unit.dollars), (".seconds", "time of training", .seconds),
        ] {
            if let model = rest.rest(before: end), !model.contains(".epochs.") {
                return MetricName(title: "\(title) \(model)", unit: unit)
            }
        }
        return nil
    }

    /// The evaluation's name, unless the measure already implies it.
    private static func place(_ evaluation: String, besides title: String) -> String {
        title.contains(evaluation) ? "" : " (\(evaluation))"
    }

    // MARK: Numbers

    /// A published or configured number with all its digits: `73.67%`, `−12 points`, `$152`.
    func exact(_ value: Double) -> String {
        switch unit {
        case .share: Claim.plain(100 * value) + "%"
        case .points: MetricName.signed(Claim.plain(100 * value)) + " points"
        case .relative: MetricName.signed(Claim.plain(100 * value)) + "%"
        case .milliseconds: Claim.plain(value) + " ms"
        case .millisecondsApart: MetricName.signed(Claim.plain(value)) + " ms"
        case .dollars: "$" + Claim.plain(value)
        case .seconds: DurationText.of(seconds: value)
        case .plain: Claim.plain(value)
        case .of(let unit): "\(Claim.plain(value)) \(unit)"
        case .apart(let unit): "\(MetricName.signed(Claim.plain(value))) \(unit)"
        }
    }

    /// A measured number, rounded as in the tables.
    func measured(_ value: Double) -> String {
        switch unit {
        case .share: Wording.percent(value)
        case .points: Wording.signed(100 * value, 1) + " points"
        case .relative: Wording.signedPercent(value)
        case .milliseconds: Wording.milliseconds(value) + " ms"
        case .millisecondsApart: Wording.signed(value, Wording.latencyDecimals(value)) + " ms"
        case .dollars: "\(Money(dollars: value))"
        case .seconds: DurationText.of(seconds: value)
        case .plain: Claim.plain(value)
        case .of(let unit): Wording.measured(value, .of(unit))
        case .apart(let unit): Wording.difference(value, .of(unit))
        }
    }

    /// `[70.0, 77.1]`, in the number's unit.
    func interval(_ interval: Interval) -> String {
        switch unit {
        case .share, .points, .relative: Wording.interval(interval, scale: 100)
        case .milliseconds, .millisecondsApart:
            Wording.interval(interval, Wording.latencyDecimals(max(abs(interval.low), abs(interval.high))))
        case .of(let unit), .apart(let unit): Wording.interval(interval, .of(unit))
        case .dollars, .seconds, .plain: "[\(Claim.plain(interval.low)), \(Claim.plain(interval.high))]"
        }
    }

    /// A tolerance of the number: `2 points` for shares, otherwise in the number's unit.
    func slack(_ value: Double) -> String {
        switch unit {
        case .share, .points, .relative: Claim.plain(100 * value) + " points"
        case .millisecondsApart: Claim.plain(value) + " ms"
        case .apart(let unit): "\(Claim.plain(value)) \(unit)"
        case .milliseconds, .dollars, .seconds, .plain, .of: exact(value)
        }
    }

    private static func signed(_ text: String) -> String { text.hasPrefix("−") || text == "0" ? text : "+" + text }
}

extension String {
    fileprivate func rest(after start: String) -> String? {
        hasPrefix(start) ? String(dropFirst(start.count)) : nil
    }
    fileprivate func rest(before end: String) -> String? { hasSuffix(end) ? String(dropLast(end.count)) : nil }
    /// The parts before and after the first dot; `nil` without a dot.
    fileprivate var halves: (String, String)? {
        firstIndex(of: ".").map { (String(self[..<$0]), String(self[index(after: $0)...])) }
    }
}
