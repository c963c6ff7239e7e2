// A closed interval of values supported by the data.

/// A closed interval, usually a 95% confidence interval.
package struct Interval: Hashable, Sendable, Codable {
    /// The lower end, included.
    package var low: Double
    /// The upper end, included.
    package var high: Double

    /// - Parameter low: at most `high`; not checked.
    package init(_ low: Double, _ high: Double) {
        self.low = low
        self.high = high
    }

    /// Whether both ends are numbers. An interval without finite ends states nothing and is no interval in written results.
    package var isFinite: Bool { low.isFinite && high.isFinite }
    /// Half of the width: the ± of a symmetric interval.
    package var halfWidth: Double { (high - low) / 2 }
    /// Whether the value is within the interval, ends included.
    package func contains(_ value: Double) -> Bool { low <= value && value <= high }
    /// Whether `other` contains this interval entirely.
    package func isInside(_ other: Interval) -> Bool { other.low <= low && high <= other.high }
    /// Whether the intervals share a value; touching ends count.
    package func overlaps(_ other: Interval) -> Bool { low <= other.high && other.low <= high }
}
