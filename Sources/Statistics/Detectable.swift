// The smallest difference that a number of examples can detect.

/// Smallest true differences in accuracy that a test at the 5% level detects with 80% power.
package enum Detectable {
    /// For the same images: from the power of McNemar's exact test, summed over the possible numbers of
    /// disagreements. Beyond 1,000 expected disagreements it uses Connor's approximation (1987), which is then
    /// equally accurate.
    /// - Parameter disagreement: the share of examples on which exactly one of the two models is right.
    /// - Returns: `nil` if there are too few examples to detect any difference.
    package static func paired(
        n: Int, disagreement: Double, alpha: Double = 0.05, power: Double = 0.8
    ) -> Double? {
        guard n > 0 else { return nil }
        let z = Normal.quantile(1 - alpha / 2), zPower = Normal.quantile(power)
        let guess = smallest { difference in
            // Models that differ by this much disagree at least this often.
            let share = max(disagreement, difference)
            let spread = max(0, share - difference * difference).squareRoot()
            return (z * share.squareRoot() + zPower * spread) / Double(n).squareRoot()
        }
        if let guess, Double(n) * max(disagreement, guess) > 1000 { return guess }
        var bounds: [Int: Int] = [:]
        func isSeen(_ difference: Double) -> Bool {
            exactPower(n: n, share: max(disagreement, difference), difference, alpha, &bounds) >= power
        }
        guard isSeen(1) else { return nil }
        // The approximation is slightly optimistic, hence the lower bound.
        var low = 0.9 * (guess ?? 0), high = 1.0
        while high - low > 1e-6 {
            let middle = (low + high) / 2
            if isSeen(middle) { high = middle } else { low = middle }
        }
        return high
    }

    /// The power of the exact test for a true difference, given a share of disagreements.
    /// - Parameter bounds: a cache, by number of disagreements, of the largest loser's count that is still
    ///   significant.
    private static func exactPower(
        n: Int, share: Double, _ difference: Double, _ alpha: Double, _ bounds: inout [Int: Int]
    ) -> Double {
        let first = min(1, (share + difference) / (2 * share))
        let middle = Double(n) * share, reach = 6 * (middle * (1 - share)).squareRoot() + 1
        let counts = max(0, Int(middle - reach))...min(n, Int(middle + reach) + 1)
        return counts.reduce(0) { sum, count in
            let bound = bounds[count] ?? significant(count, alpha)
            bounds[count] = bound
            guard bound >= 0 else { return sum }
            return sum + Binomial.probability(count, n: n, p: share)
                * (Binomial.cumulative(bound, n: count, p: first) + Binomial.cumulative(bound, n: count, p: 1 - first))
        }
    }

    /// The largest value of the smaller count that is significant with this number of disagreements; -1 if none is.
    private static func significant(_ disagreements: Int, _ alpha: Double) -> Int {
        var low = -1, high = disagreements / 2 + 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if McNemar(onlyFirst: middle, onlySecond: disagreements - middle).pValue < alpha {
                low = middle
            } else {
                high = middle
            }
        }
        return low
    }

    /// For different images: the usual normal approximation, starting from the second model's accuracy, with the
    /// difference in the direction of one half.
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

    /// The smallest difference in 0...1 that is at least the needed one; `nil` if there is none.
    private static func smallest(_ needed: (Double) -> Double) -> Double? {
        guard needed(1) <= 1 else { return nil }
        var low = 0.0, high = 1.0
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if needed(middle) <= middle { high = middle } else { low = middle }
        }
        return high
    }

    /// The number of items that a paired test needs to detect a difference with 80% power; `nil` for a difference of
    /// 0.
    /// - Parameter disagreement: the share of items on which exactly one of the two models is right.
    package static func itemsNeeded(difference: Double, disagreement: Double) -> Int? {
        itemsNeeded(difference: difference) { paired(n: $0, disagreement: disagreement) }
    }

    /// The fewest items for which the detectable difference is at most the given one; `nil` if ten million are too
    /// few.
    package static func itemsNeeded(difference: Double, detectable: (Int) -> Double?) -> Int? {
        guard difference > 0 else { return nil }
        func suffices(_ n: Int) -> Bool { detectable(n).map { $0 <= difference + 1e-6 } ?? false }
        var high = 8
        while !suffices(high) {
            high *= 2
            if high > 10_000_000 { return nil }
        }
        var low = high / 2
        while high - low > 1 {
            let middle = (low + high) / 2
            if suffices(middle) { high = middle } else { low = middle }
        }
        return high
    }
}
