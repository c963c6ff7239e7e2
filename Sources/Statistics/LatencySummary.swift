// What a set of measured latencies says.

/// A summary of values in milliseconds. Nothing is dropped: outliers are part of what was measured.
package struct LatencySummary: Hashable, Sendable, Codable {
    package var n: Int
    package var mean: Double
    package var p50: Double
    package var p90: Double
    package var p95: Double
    package var p99: Double
    package var min: Double
    package var max: Double
    /// The population standard deviation (ddof 0).
    package var std: Double

    /// `nil` without values.
    package init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last, let mean = values.mean,
            let std = values.populationDeviation
        else { return nil }
        n = sorted.count
        self.mean = mean
        self.std = std
        min = first
        max = last
        p50 = sorted.percentileOfSorted(50)
        p90 = sorted.percentileOfSorted(90)
        p95 = sorted.percentileOfSorted(95)
        p99 = sorted.percentileOfSorted(99)
    }
}
