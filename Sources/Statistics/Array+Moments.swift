// Mean, standard deviation and percentiles of numbers.

extension Array where Element == Double {
    /// The arithmetic mean; `nil` if empty.
    package var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }

    /// The population standard deviation (ddof 0); `nil` if empty.
    package var populationDeviation: Double? {
        guard let mean else { return nil }
        return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
    }

    /// The sample standard deviation (ddof 1); `nil` for fewer than two values.
    package var sampleDeviation: Double? {
        guard count > 1, let mean else { return nil }
        return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
    }

    /// A percentile (0...100) by linear interpolation between the nearest ranks, numpy's default; `nil` if empty.
    package func percentile(_ percent: Double) -> Double? {
        isEmpty ? nil : sorted().percentileOfSorted(percent)
    }

    /// A percentile of values that are already sorted; requires at least one value.
    package func percentileOfSorted(_ percent: Double) -> Double {
        let rank = percent / 100 * Double(count - 1)
        let below = Int(rank.rounded(.down))
        let above = Swift.min(below + 1, count - 1)
        return self[below] + (rank - Double(below)) * (self[above] - self[below])
    }
}
