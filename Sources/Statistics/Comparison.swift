// The comparison of two models: difference, interval and significance.

import Basics

/// The difference first - second in one metric.
package struct Comparison: Hashable, Sendable, Codable {
    /// Whether both models were measured on the same examples.
    package var isPaired: Bool
    /// Number of examples compared: the shared ones if paired, else those of the smaller side.
    package var n: Int
    /// The first model's value minus the second's.
    package var difference: Double
    /// The difference divided by the second value; `nil` if that is 0.
    package var relative: Double?
    /// The 95% confidence interval of the difference.
    package var interval: Interval
    /// The 95% confidence interval of the relative difference.
    package var relativeInterval: Interval?
    /// The two-sided p-value.
    package var pValue: Double
    /// For accuracy: number of examples that only the first model got right; `nil` if not paired.
    package var onlyFirst: Int?
    /// For accuracy: number of examples that only the second model got right; `nil` if not paired.
    package var onlySecond: Int?
    /// For accuracy: the smallest true difference that this number of examples detects with 80% power.
    package var detectable: Double?

    /// - Parameter interval: the 95% confidence interval of the difference.
    package init(
        isPaired: Bool, n: Int, difference: Double, relative: Double? = nil, interval: Interval,
        relativeInterval: Interval? = nil, pValue: Double, onlyFirst: Int? = nil, onlySecond: Int? = nil,
        detectable: Double? = nil
    ) {
        self.isPaired = isPaired
        self.n = n
        self.difference = difference
        self.relative = relative
        self.interval = interval
        self.relativeInterval = relativeInterval
        self.pValue = pValue
        self.onlyFirst = onlyFirst
        self.onlySecond = onlySecond
        self.detectable = detectable
    }

    /// The comparison with the models swapped.
    /// - Parameter firstValue: the first model's value, the new base of the relative difference.
    package func reversed(firstValue: Double) -> Comparison {
        var other = self
        other.difference = -difference
        other.interval = Interval(-interval.high, -interval.low)
        other.relative = firstValue == 0 ? nil : -difference / firstValue
        // (b - a) / a as a function of r = (a - b) / b, which decreases in r.
        other.relativeInterval = relativeInterval.flatMap { range in
            range.low <= -1 ? nil : Interval(-range.high / (1 + range.high), -range.low / (1 + range.low))
        }
        other.onlyFirst = onlySecond
        other.onlySecond = onlyFirst
        return other
    }
}

extension Comparison {
    /// Compares accuracies: McNemar's exact test and a paired bootstrap if both models answered the same examples,
    /// else the two-proportion z-test and Newcombe's interval. `nil` without answers to compare.
    package static func accuracy(
        _ first: [ScoredAnswer], _ second: [ScoredAnswer], seed: UInt64 = 1
    ) -> Comparison? {
        guard let pairs = pairs(first, second) else { return unpairedAccuracy(first, second, seed: seed) }
        let judged = pairs.filter { $0.0.counts && $0.1.counts }
        return pairedShares(judged.map(\.0.isCorrect), judged.map(\.1.isCorrect), seed: seed)
    }

    /// Compares two shares of correct answers to the same items: McNemar's exact test and a paired bootstrap. `nil`
    /// without items.
    package static func pairedShares(_ first: [Bool], _ second: [Bool], seed: UInt64 = 1) -> Comparison? {
        guard first.count == second.count else { return nil }
        let a = first.map { $0 ? 1.0 : 0.0 }
        let b = second.map { $0 ? 1.0 : 0.0 }
        guard let p = a.mean, let q = b.mean,
            let bootstrap = Bootstrap.compareMeans(a, b, paired: true, seed: seed)
        else { return nil }
        let unseen = sameEverywhere(a, b)
        let onlyFirst = zip(first, second).count { $0 && !$1 }
        let onlySecond = zip(first, second).count { !$0 && $1 }
        return Comparison(
            isPaired: true, n: a.count, difference: p - q, relative: q == 0 ? nil : (p - q) / q,
            interval: unseen ?? bootstrap.difference,
            relativeInterval: unseen.map { q == 0 ? nil : Interval($0.low / q, $0.high / q) } ?? bootstrap.relative,
            pValue: McNemar(onlyFirst: onlyFirst, onlySecond: onlySecond).pValue,
            onlyFirst: onlyFirst, onlySecond: onlySecond,
            detectable: Detectable.paired(
                n: a.count, disagreement: Double(onlyFirst + onlySecond) / Double(a.count)))
    }

    /// The interval if every image shows the same difference, so that resampling shows no variation. A zero-width
    /// interval would claim certainty; this one allows for as many unseen different images as Clopper and Pearson's
    /// bound on 0 of n permits. `nil` if images differ.
    private static func sameEverywhere(_ a: [Double], _ b: [Double]) -> Interval? {
        let differences = zip(a, b).map { $0 - $1 }
        guard let first = differences.first, differences.allSatisfy({ $0 == first }),
            let hidden = Proportion(0, of: a.count).clopperPearson()?.high
        else { return nil }
        // One unseen image can turn a difference of 1 into one of -1.
        return first == 0
            ? Interval(-hidden, hidden)
            : first > 0 ? Interval(1 - 2 * hidden, 1) : Interval(-1, 2 * hidden - 1)
    }

    private static func unpairedAccuracy(
        _ first: [ScoredAnswer], _ second: [ScoredAnswer], seed: UInt64
    ) -> Comparison? {
        unpairedShares(first.filter(\.counts).map(\.isCorrect), second.filter(\.counts).map(\.isCorrect), seed: seed)
    }

    /// The interval and the test of two shares of correct answers to the same items, from counts alone: for audits of
    /// many models, where drawing every item takes too long. Up to 100 disagreements are drawn, as the bootstrap of all
    /// items would; beyond, the interval is the normal approximation, which then agrees with it.
    /// - Parameter n: the number of items; at least the number of disagreements.
    package static func pairedShares(
        n: Int, onlyFirst: Int, onlySecond: Int, seed: UInt64 = 1
    ) -> (interval: Interval, pValue: Double)? {
        let apart = onlyFirst + onlySecond
        guard n > 0, onlyFirst >= 0, onlySecond >= 0, apart <= n else { return nil }
        let pValue = McNemar(onlyFirst: onlyFirst, onlySecond: onlySecond).pValue
        let difference = Double(onlyFirst - onlySecond) / Double(n), share = Double(apart) / Double(n)
        if apart == 0 || onlyFirst == n || onlySecond == n {
            let value = Double((onlyFirst - onlySecond) / n)
            return sameEverywhere(Array(repeating: value, count: n), Array(repeating: 0, count: n)).map { ($0, pValue) }
        }
        guard apart <= 100 else {
            let reach = Normal.quantile(0.975) * ((share - difference * difference) / Double(n)).squareRoot()
            return (Interval(difference - reach, difference + reach), pValue)
        }
        // The number of disagreements in a draw, by its cumulative probabilities.
        let spread = 10 * (Double(apart) * (1 - share)).squareRoot() + 10
        let counts = max(0, apart - Int(spread))...min(n, apart + Int(spread))
        var sum = 0.0
        let cumulative = counts.map { count -> Double in
            sum += Binomial.probability(count, n: n, p: share)
            return sum
        }
        var random = SeededRandom(seed: seed)
        var differences = (0..<2000).map { _ -> Double in
            let chance = Double(random.next() >> 11) * 0x1p-53 * sum
            let drawn = counts.lowerBound + (cumulative.firstIndex { $0 >= chance } ?? cumulative.count - 1)
            let first = (0..<drawn).count { _ in random.index(below: apart) < onlyFirst }
            return Double(2 * first - drawn) / Double(n)
        }
        differences.sort()
        return (Interval(differences.percentileOfSorted(2.5), differences.percentileOfSorted(97.5)), pValue)
    }

    /// Compares two shares over different items from counts alone, without an interval of the relative difference.
    /// `nil` if either side has no items.
    package static func unpairedShares(_ first: Proportion, _ second: Proportion) -> Comparison? {
        let test = TwoProportions(first, second)
        guard let p = first.value, let q = second.value, let interval = test.interval(), let pValue = test.pValue else {
            return nil
        }
        return Comparison(
            isPaired: false, n: min(first.n, second.n), difference: p - q, relative: q == 0 ? nil : (p - q) / q,
            interval: interval, pValue: pValue, detectable: Detectable.unpaired(n: first.n, second.n, accuracy: q))
    }

    /// Compares two shares over different items: the two-proportion z-test and Newcombe's interval. `nil` if either
    /// side has no items.
    package static func unpairedShares(_ first: [Bool], _ second: [Bool], seed: UInt64 = 1) -> Comparison? {
        let a = first.map { $0 ? 1.0 : 0.0 }
        let b = second.map { $0 ? 1.0 : 0.0 }
        let test = TwoProportions(
            Proportion(Int(a.reduce(0, +)), of: a.count), Proportion(Int(b.reduce(0, +)), of: b.count))
        guard let p = a.mean, let q = b.mean, let interval = test.interval(), let pValue = test.pValue,
            let bootstrap = Bootstrap.compareMeans(a, b, paired: false, seed: seed)
        else { return nil }
        return Comparison(
            isPaired: false, n: min(a.count, b.count), difference: p - q, relative: q == 0 ? nil : (p - q) / q,
            interval: interval, relativeInterval: bootstrap.relative, pValue: pValue,
            detectable: Detectable.unpaired(n: a.count, b.count, accuracy: q))
    }

    /// Compares mean latencies by bootstrap intervals and a t-test, paired if both models answered the same examples.
    /// `nil` if either has fewer than two measured latencies.
    package static func meanLatency(
        _ first: [ScoredAnswer], _ second: [ScoredAnswer], seed: UInt64 = 1
    ) -> Comparison? {
        let timed = pairs(first, second)?.compactMap { pair in
            pair.0.latencyMilliseconds.flatMap { a in pair.1.latencyMilliseconds.map { (a, $0) } }
        }
        let a = timed?.map(\.0) ?? first.compactMap(\.latencyMilliseconds)
        let b = timed?.map(\.1) ?? second.compactMap(\.latencyMilliseconds)
        let isPaired = timed != nil
        guard let p = a.mean, let q = b.mean,
            let pValue = isPaired ? MeanTest.paired(a, b) : MeanTest.welch(a, b),
            let bootstrap = Bootstrap.compareMeans(a, b, paired: isPaired, seed: seed)
        else { return nil }
        return Comparison(
            isPaired: isPaired, n: min(a.count, b.count), difference: p - q, relative: q == 0 ? nil : (p - q) / q,
            interval: bootstrap.difference, relativeInterval: bootstrap.relative, pValue: pValue)
    }

    /// The pairs of answers, if both models answered exactly the same examples.
    private static func pairs(
        _ first: [ScoredAnswer], _ second: [ScoredAnswer]
    ) -> [(ScoredAnswer, ScoredAnswer)]? {
        guard first.count == second.count else { return nil }
        let others = Dictionary(second.map { ($0.example, $0) }, uniquingKeysWith: { first, _ in first })
        var pairs: [(ScoredAnswer, ScoredAnswer)] = []
        pairs.reserveCapacity(first.count)
        for answer in first {
            guard let other = others[answer.example] else { return nil }
            pairs.append((answer, other))
        }
        return pairs
    }
}
