// Formats numbers, so that the terminal and every file use the same text.

import Basics
import Foundation
import Statistics
import TaskKit

enum Wording {
    /// A number with a fixed number of decimals and a true minus sign (U+2212).
    static func number(_ value: Double, _ decimals: Int) -> String {
        let text = String(format: "%.\(decimals)f", abs(value))
        let isZero = !text.contains { ("1"..."9").contains($0) }
        return value < 0 && !isZero ? "−" + text : text
    }

    static func signed(_ value: Double, _ decimals: Int) -> String {
        let text = number(value, decimals)
        return text.hasPrefix("−") ? text : "+" + text
    }

    /// `82.7%`.
    static func percent(_ share: Double, _ decimals: Int = 1) -> String { number(100 * share, decimals) + "%" }

    /// `+9.6%`.
    static func signedPercent(_ share: Double, _ decimals: Int = 1) -> String {
        signed(100 * share, decimals) + "%"
    }

    /// `[79.4, 85.5]`, with both ends multiplied by `scale`.
    static func interval(_ interval: Interval, scale: Double = 1, _ decimals: Int = 1) -> String {
        "[\(number(scale * interval.low, decimals)), \(number(scale * interval.high, decimals))]"
    }

    /// `82.7% [79.4, 85.5]`, in the metric's unit; only the value if it has no interval.
    static func value(_ value: MetricValue) -> String {
        guard let number = value.value else { return "–" }
        let text = measured(number, value.metric.unit)
        return value.interval.map { "\(text) \(interval($0, value.metric.unit))" } ?? text
    }

    /// A metric of a model with `items` answered items: `50.0%, n = 6` if the metric uses fewer or others.
    static func value(_ value: MetricValue, of items: Int) -> String {
        let text = Wording.value(value)
        return value.value == nil || value.n == items ? text : "\(text), n = \(value.n)"
    }

    /// `82.7%`, `0.313`, `0.42 mm`.
    static func measured(_ value: Double, _ unit: TaskMetric.Unit) -> String {
        switch unit {
        case .share: percent(value)
        case .plain: number(value, 3)
        case .of(let unit): "\(number(value, 2)) \(unit)"
        }
    }

    /// `[79.4, 85.5]`, in the format of the metric's values.
    static func interval(_ interval: Interval, _ unit: TaskMetric.Unit) -> String {
        switch unit {
        case .share: self.interval(interval, scale: 100)
        case .plain: self.interval(interval, 3)
        case .of: self.interval(interval, 2)
        }
    }

    /// `+9.0 points`, `−0.042`, `+0.12 mm`.
    static func difference(_ value: Double, _ unit: TaskMetric.Unit) -> String {
        switch unit {
        case .share: "\(signed(100 * value, 1)) points"
        case .plain: signed(value, 3)
        case .of(let unit): "\(signed(value, 2)) \(unit)"
        }
    }

    /// The absolute difference: `9.0 points`.
    static func size(_ value: Double, _ unit: TaskMetric.Unit) -> String {
        switch unit {
        case .share: "\(number(100 * abs(value), 1)) points"
        case .plain: number(abs(value), 3)
        case .of(let unit): "\(number(abs(value), 2)) \(unit)"
        }
    }

    /// `+9.0 points [6.2, 11.9]`.
    static func difference(_ comparison: Comparison, _ unit: TaskMetric.Unit) -> String {
        let text = difference(comparison.difference, unit)
        // If the models never differ and the metric has no range, there is no interval.
        return comparison.interval.low.isFinite ? "\(text) \(interval(comparison.interval, unit))" : text
    }

    /// `p < 0.001` or `p = 0.013`.
    static func p(_ value: Double) -> String {
        value < 0.001 ? "p < 0.001" : "p = \(number(value, value < 0.1 ? 3 : 2))"
    }

    /// The same for a column that is headed `p`: `0.23`, `< 0.001`.
    static func pCell(_ value: Double) -> String { p(value).replacing("p = ", with: "").replacing("p ", with: "") }

    /// The number of decimals that shows a latency to about three digits.
    static func latencyDecimals(_ milliseconds: Double) -> Int {
        abs(milliseconds) < 10 ? 2 : abs(milliseconds) < 100 ? 1 : 0
    }

    /// The decimals of a column of latencies: those of the smallest mean.
    static func latencyDecimals(ofColumn means: [Double]) -> Int { means.map { latencyDecimals($0) }.max() ?? 0 }

    /// Amounts of one column with the same number of decimals: cents, or as many as two digits of the smallest amount
    /// take.
    static func amounts(_ column: [Money?]) -> [String] {
        let smallest = column.compactMap { $0 }.filter { $0.units != 0 }.map { abs($0.dollars) }.min() ?? 1
        let decimals = smallest >= 0.01 ? 2 : min(8, Int(saturating: (1 - log10(smallest)).rounded(.up)))
        return column.map { $0.map { "$" + String(format: "%.\(decimals)f", $0.dollars) } ?? "–" }
    }

    /// A latency without its unit.
    static func milliseconds(_ value: Double) -> String { number(value, latencyDecimals(value)) }

    /// `−159 ms [−190, −127] (−9.6%)`.
    static func latency(_ comparison: Comparison) -> String {
        let largest = max(abs(comparison.interval.low), abs(comparison.interval.high))
        let decimals = latencyDecimals(largest)
        let share = comparison.relative.map { " (\(signedPercent($0)))" } ?? ""
        return "\(signed(comparison.difference, decimals)) ms \(interval(comparison.interval, decimals))\(share)"
    }

    /// `2025-11-23 15:58 UTC`.
    static func time(_ date: Date) -> String {
        let text = date.formatted(.iso8601)
        return text.prefix(16).replacing("T", with: " ") + " UTC"
    }

    /// `124,640`.
    static func grouped(_ value: Int) -> String {
        var digits = String(value.magnitude), groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "−" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// `3 steps`, `1 step`.
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// Joins numbers and their units, and the parts of intervals, with no-break spaces, for text that wraps.
    static func unbroken(_ text: String) -> String {
        text.replacing(/p (=|<) (\d)/) { "p\u{A0}\($0.output.1)\u{A0}\($0.output.2)" }
            .replacing(/(\d) (ms|points|s|min|h)\b/) { "\($0.output.1)\u{A0}\($0.output.2)" }
            .replacing(/\[([−\d.]+), ([−\d.]+)\]/) { "[\($0.output.1),\u{A0}\($0.output.2)]" }
    }

    /// `a`, `a and b`, `a, b and c`.
    static func list(_ items: [String]) -> String {
        guard items.count > 1, let last = items.last else { return items.first ?? "" }
        return items.dropLast().joined(separator: ", ") + " and " + last
    }
}
