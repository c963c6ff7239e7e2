// A share of successes and its confidence intervals.

import Foundation

/// `successes` out of `n` independent trials.
package struct Proportion: Hashable, Sendable, Codable {
    /// Number of successes, at most `n`.
    package var successes: Int
    /// Number of trials; may be 0.
    package var n: Int

    /// - Parameter successes: at most `n`.
    package init(_ successes: Int, of n: Int) {
        self.successes = successes
        self.n = n
    }

    /// The share of successes; `nil` without trials.
    package var value: Double? { n > 0 ? Double(successes) / Double(n) : nil }

    /// Wilson's score interval (Wilson 1927): good coverage near 0 and 1, always within 0...1.
    package func wilson(confidence: Double = 0.95) -> Interval? {
        value.flatMap { Proportion.wilson(share: $0, n: Double(n), confidence: confidence) }
    }

    /// Wilson's interval of a share among `n` items; `n` may be fractional, as for an effective number of items.
    package static func wilson(share p: Double, n: Double, confidence: Double = 0.95) -> Interval? {
        guard n > 0, (0...1).contains(p) else { return nil }
        let z = Normal.quantile(1 - (1 - confidence) / 2)
        let denominator = 1 + z * z / n
        let center = (p + z * z / (2 * n)) / denominator
        let half = z / denominator * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
        return Interval(p == 0 ? 0 : max(0, center - half), p == 1 ? 1 : min(1, center + half))
    }
}

extension Proportion {
    /// Clopper and Pearson's exact interval (1934): coverage is never below the stated confidence, at the price of
    /// more width.
    package func clopperPearson(confidence: Double = 0.95) -> Interval? {
        guard n > 0 else { return nil }
        let tail = (1 - confidence) / 2
        let k = Double(successes), rest = Double(n - successes)
        return Interval(
            successes == 0 ? 0 : Beta.quantile(tail, k, rest + 1),
            successes == n ? 1 : Beta.quantile(1 - tail, k + 1, rest))
    }
}
