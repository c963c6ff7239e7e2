// Mean, deviation and percentiles of plain numbers.

extension Array where Element == Double {
    /// The arithmetic mean; `nil` when empty.
    package var mean: Double? { isEmpty ? nil : reduce(0, +) / Double(count) }

    /// The standard deviation of the values themselves (ddof 0); `nil` when empty.
    package var populationDeviation: Double? {
        guard let mean else { return nil }
        return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)).squareRoot()
    }

    /// The standard deviation estimated for what the values were drawn from (ddof 1); `nil` below two.
    package var sampleDeviation: Double? {
        guard count > 1, let mean else { return nil }
        return (reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
    }

    /// A percentile (0...100) by linear interpolation between the nearest ranks, as numpy's default; `nil` when
    /// empty.
    package func percentile(_ percent: Double) -> Double? {
        isEmpty ? nil : sorted().percentileOfSorted(percent)
    }

    /// The same for values already in order; there must be at least one.
    package func percentileOfSorted(_ percent: Double) -> Double {
        let rank = percent / 100 * Double(count - 1)
        let below = Int(rank.rounded(.down))
        let above = Swift.min(below + 1, count - 1)
        return self[below] + (rank - Double(below)) * (self[above] - self[below])
    }
}
