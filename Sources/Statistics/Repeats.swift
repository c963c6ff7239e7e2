// The same measurement made several times: how much it moves by itself.

/// A metric over repeats.
package struct Repeats: Hashable, Sendable, Codable {
    package var count: Int
    package var mean: Double
    /// The sample standard deviation (ddof 1): the repeatability standard deviation.
    package var std: Double
    package var min: Double
    package var max: Double

    /// `nil` for fewer than two values, which show no spread.
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

    /// The difference that two single measurements stay below 19 times out of 20: 2.8 standard deviations
    /// (ISO 5725-6).
    package var repeatabilityLimit: Double { 2.8 * std }

    /// The share of examples whose matched label was not the same in every repeat; `nil` for fewer than two repeats.
    package static func unsteadyShare(_ repeats: [[ScoredAnswer]]) -> Double? {
        guard let first = repeats.first, repeats.count > 1, !first.isEmpty else { return nil }
        var seen: [String: Set<String?>] = [:]
        for answer in repeats.joined() where answer.counts { seen[answer.example, default: []].insert(answer.matched) }
        return Double(seen.values.count { $0.count > 1 }) / Double(first.count)
    }
}
