// Time that an emulated provider adds to its answers.

/// A normal distribution, cut at zero.
package struct LatencySpec: Hashable, Sendable, Codable {
    /// Mean.
    package var meanMilliseconds: Double
    /// Standard deviation.
    package var standardDeviationMilliseconds: Double
    /// Decides the draws.
    package var seed: Int

    package init(meanMilliseconds: Double, standardDeviationMilliseconds: Double = 0, seed: Int = 0) {
        self.meanMilliseconds = meanMilliseconds
        self.standardDeviationMilliseconds = standardDeviationMilliseconds
        self.seed = seed
    }
}
