// Latency added by an emulated provider.

/// A normal distribution of latencies, truncated at zero.
package struct LatencySpec: Hashable, Sendable, Codable {
    /// The mean delay added to an answer, in milliseconds.
    package var meanMilliseconds: Double
    /// The standard deviation of that delay, in milliseconds; 0 for a constant delay.
    package var standardDeviationMilliseconds: Double
    /// The seed of the random latencies.
    package var seed: Int

    /// - Parameter standardDeviationMilliseconds: 0 for a constant latency.
    package init(meanMilliseconds: Double, standardDeviationMilliseconds: Double = 0, seed: Int = 0) {
        self.meanMilliseconds = meanMilliseconds
        self.standardDeviationMilliseconds = standardDeviationMilliseconds
        self.seed = seed
    }
}
