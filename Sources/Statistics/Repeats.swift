// The variation of a metric over repeated measurements.

/// A metric over repeats.
package struct Repeats: Hashable, Sendable, Codable {
    /// Number of repeats, at least 2.
    package var count: Int
    /// Mean over the repeats.
    package var mean: Double
    /// The sample standard deviation (ddof 1): the repeatability standard deviation.
    package var std: Double
    /// Lowest value of any repeat.
    package var min: Double
    /// Highest value of any repeat.
    package var max: Double

    /// `nil` for fewer than two values, which have no spread.
    package init?(_ values: [Double]) {
        guard let mean = values.mean, let std = values.sampleDeviation, let min = values.min(),
            let max = values.max()
        else { return nil }
        count = values.count
        self.mean = mean
        self.std = std
        self.min = min
        self.max = max
    }

    /// The repeatability limit: two single measurements differ by less in 95% of cases, 2.8 standard deviations (ISO
    /// 5725-6).
    package var repeatabilityLimit: Double { 2.8 * std }

    /// Share of examples with a matched label that differs between repeats; `nil` for fewer than two repeats.
    package static func disagreementShare(_ repeats: [[ScoredAnswer]]) -> Double? {
        guard let first = repeats.first, repeats.count > 1, !first.isEmpty else { return nil }
        var seen: [String: Set<String?>] = [:]
        for answer in repeats.joined() where answer.counts { seen[answer.example, default: []].insert(answer.matched) }
        return Double(seen.values.count { $0.count > 1 }) / Double(first.count)
    }
}
