// The smallest difference that a number of examples can show.

/// Smallest true differences of accuracy that a test at 5 % finds with a probability of 80 %.
package enum Detectable {
    /// On the same images: after Connor (1987) for McNemar's test.
    /// - Parameter disagreement: the share of examples on which exactly one of the two models is right.
    package static func paired(
        n: Int, disagreement: Double, alpha: Double = 0.05, power: Double = 0.8
    ) -> Double? {
        guard n > 0 else { return nil }
        let z = Normal.quantile(1 - alpha / 2), zPower = Normal.quantile(power)
        return smallest { difference in
            // Models that differ by so much disagree on at least so much.
            let share = max(disagreement, difference)
            let spread = max(0, share - difference * difference).squareRoot()
            return (z * share.squareRoot() + zPower * spread) / Double(n).squareRoot()
        }
    }

    /// On different images: the usual normal approximation, with the accuracy of the second model as the starting
    /// point and the difference counted away from it towards one half.
    package static func unpaired(
        n first: Int, _ second: Int, accuracy: Double, alpha: Double = 0.05, power: Double = 0.8
    ) -> Double? {
        guard first > 0, second > 0 else { return nil }
        let z = Normal.quantile(1 - alpha / 2), zPower = Normal.quantile(power)
        let a = 1 / Double(first), b = 1 / Double(second)
        return smallest { difference in
            let other = accuracy > 0.5 ? accuracy - difference : accuracy + difference
            let p = min(max(other, 0), 1)
            let pooled = (p * b + accuracy * a) / (a + b)
            return z * (pooled * (1 - pooled) * (a + b)).squareRoot()
                + zPower * (p * (1 - p) * a + accuracy * (1 - accuracy) * b).squareRoot()
        }
    }

    /// The smallest difference in 0...1 that is at least what is needed to see it; `nil` when none is.
    private static func smallest(_ needed: (Double) -> Double) -> Double? {
        guard needed(1) <= 1 else { return nil }
        var low = 0.0, high = 1.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if needed(middle) <= middle { high = middle } else { low = middle }
        }
        return high
    }
}
