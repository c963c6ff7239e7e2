// The smallest difference that a number of examples can show.

/// Smallest true differences of accuracy that a test at 5 % finds with a probability of 80 %.
package enum Detectable {
    /// On the same images: by the power of McNemar's exact test itself, summed over how many images the models may
    /// disagree on. With more than a thousand of those, Connor's approximation (1987), which is then as good.
    /// - Parameter disagreement: the share of examples on which exactly one of the two models is right.
    /// - Returns: `nil` when so few examples show no difference at all.
    package static func paired(
        n: Int, disagreement: Double, alpha: Double = 0.05, power: Double = 0.8
    ) -> Double? {
        guard n > 0 else { return nil }
        let z = Normal.quantile(1 - alpha / 2), zPower = Normal.quantile(power)
        let guess = smallest { difference in
            // Models that differ by so much disagree on at least so much.
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
        // The approximation promises a little too much, and so is a lower end.
        var low = 0.9 * (guess ?? 0), high = 1.0
        while high - low > 1e-6 {
            let middle = (low + high) / 2
            if isSeen(middle) { high = middle } else { low = middle }
        }
        return high
    }

    /// How often the exact test finds a true difference of models that disagree on a share of images.
    /// - Parameter bounds: by the number of disagreements, the most that the loser of a significant result can have won.
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

    /// The largest of the smaller counts with which so many disagreements are significant; -1 for none.
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

    /// How many items a paired test needs to find a difference with 80% power; `nil` for no difference.
    /// - Parameter disagreement: the share of items on which exactly one of the two models is right.
    package static func itemsNeeded(difference: Double, disagreement: Double) -> Int? {
        itemsNeeded(difference: difference) { paired(n: $0, disagreement: disagreement) }
    }

    /// The fewest items with which the detectable difference is at most the given one; `nil` where even ten million are too few.
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
