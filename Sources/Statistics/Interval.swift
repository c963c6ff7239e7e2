// A range of values that the data support.

/// A closed range, usually a 95 % confidence interval.
package struct Interval: Hashable, Sendable, Codable {
    package var low: Double
    package var high: Double

    package init(_ low: Double, _ high: Double) {
        self.low = low
        self.high = high
    }

    package var halfWidth: Double { (high - low) / 2 }
    package func contains(_ value: Double) -> Bool { low <= value && value <= high }
    package func isInside(_ other: Interval) -> Bool { other.low <= low && high <= other.high }
    package func overlaps(_ other: Interval) -> Bool { low <= other.high && other.low <= high }
}
