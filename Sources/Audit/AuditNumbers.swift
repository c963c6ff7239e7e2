// Number formatting in audit reports.

import Basics
import Foundation
import Statistics
import TaskKit

enum AuditNumbers {
    /// A number with a fixed number of decimals and a typographic minus sign.
    static func number(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return "–" }
        let text = String(format: "%.\(decimals)f", abs(value))
        let isZero = !text.contains { ("1"..."9").contains($0) }
        return value < 0 && !isZero ? "−" + text : text
    }

    static func signed(_ value: Double, _ decimals: Int) -> String {
        let text = number(value, decimals)
        return text.hasPrefix("−") ? text : "+" + text
    }

    static func percent(_ share: Double) -> String { number(100 * share, 1) + "%" }

    static func p(_ value: Double) -> String { value < 0.001 ? "< 0.001" : number(value, value < 0.1 ? 3 : 2) }

    /// A number of a claim, of any unit: a count without decimals, others with up to four.
    static func claimed(_ value: Double) -> String {
        if value == value.rounded(), abs(value) < 1e15 { return grouped(Int(value)) }
        if abs(value) < 0.00005 { return value < 0 ? "> −0.0001" : "< 0.0001" }
        var text = number(value, 4)
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }

    /// `p = 0.53` or `p < 0.001`.
    static func pEquation(_ value: Double) -> String { value < 0.001 ? "p " + p(value) : "p = " + p(value) }

    /// The p-values of every pairing, as one value if they are equal at the precision that is printed.
    static func pEquation(_ values: ClosedRange<Double>) -> String {
        let low = p(values.lowerBound), high = p(values.upperBound)
        if low == high { return pEquation(values.upperBound) + " for every pairing" }
        return values.lowerBound < 0.001 ? "p at most \(high)" : "p from \(low) to \(high)"
    }

    /// The number of decimals that shows about three digits.
    private static func decimals(_ value: Double) -> Int { abs(value) < 10 ? 3 : abs(value) < 100 ? 2 : 1 }

    static func value(_ value: Double, _ metric: TaskMetric) -> String {
        switch metric.unit {
        case .share: percent(value)
        case .plain: number(value, decimals(value))
        case .of(let unit): number(value, decimals(value)) + " " + unit
        }
    }

    static func interval(_ interval: Interval?, _ metric: TaskMetric) -> String {
        guard let interval else { return "–" }
        let isShare = metric.unit == .share
        let digits = isShare ? 1 : decimals(max(abs(interval.low), abs(interval.high)))
        let scale = isShare ? 100.0 : 1
        return "[\(number(scale * interval.low, digits)), \(number(scale * interval.high, digits))]"
    }

    static func difference(_ value: Double, _ metric: TaskMetric) -> String {
        switch metric.unit {
        case .share: signed(100 * value, 1) + " points"
        case .plain: signed(value, decimals(value))
        case .of(let unit): signed(value, decimals(value)) + " " + unit
        }
    }

    static func points(_ interval: Interval?) -> String {
        interval.map { "[\(number(100 * $0.low, 1)), \(number(100 * $0.high, 1))]" } ?? "–"
    }

    static func count(_ count: Int, _ noun: String) -> String { "\(grouped(count)) \(noun)\(count == 1 ? "" : "s")" }

    static func grouped(_ value: Int) -> String {
        var digits = String(abs(value)), groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "−" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// Formats aligned columns: the first left-aligned, the others right-aligned.
    static func table(_ rows: [[String]]) -> [String] {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in
            rows.map { $0.indices.contains(column) ? $0[column].terminalColumns : 0 }.max() ?? 0
        }
        return rows.map { row in
            row.enumerated().map { at, cell in
                let padding = String(repeating: " ", count: widths[at] - cell.terminalColumns)
                return at == 0 ? (at == row.count - 1 ? cell : cell + padding) : padding + cell
            }.joined(separator: "  ")
        }
    }
}
