// Summary statistics of measured latencies.

/// A summary in milliseconds. Outliers are not removed: they are part of the measurement.
package struct LatencySummary: Hashable, Sendable, Codable {
    /// Number of measured values.
    package var n: Int
    /// Arithmetic mean in milliseconds, outliers included.
    package var mean: Double
    /// Median in milliseconds.
    package var p50: Double
    /// 90th percentile in milliseconds.
    package var p90: Double
    /// 95th percentile in milliseconds.
    package var p95: Double
    /// 99th percentile in milliseconds.
    package var p99: Double
    /// Fastest answer in milliseconds.
    package var min: Double
    /// Slowest answer in milliseconds.
    package var max: Double
    /// The population standard deviation (ddof 0), in milliseconds.
    package var std: Double

    /// Summarizes values in milliseconds; `nil` without values.
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
