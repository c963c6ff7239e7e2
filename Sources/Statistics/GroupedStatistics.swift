// Intervals and tests over groups: bootstrap with expanded percentiles, swap and sign-flip tests, Wilson with an
// effective sample size.

import Basics
import Foundation

/// The statistics shared by all tasks. All draws are seeded and give equal results on every machine.
package enum GroupedStatistics {
    /// A metric as a function of summed vectors; `nil` if the sums have no value.
    package typealias Value = @Sendable ([Double]) -> Double?

    /// Number of bootstrap draws for an interval.
    package static let draws = 2000
    /// Number of random swaps for a test, unless it is exact.
    package static let swaps = 10_000
    /// Larger numbers of groups are merged at random into this many units, which determines the variance of the
    /// result to 1%.
    static let maxUnits = 5000

    // MARK: Quantiles

    /// The lower quantile of a percentile interval over n units, expanded to the width of Student's t (Hesterberg
    /// 2015): Φ(-sqrt(n/(n-1))·t), below 0.025.
    package static func expandedTail(units: Int, confidence: Double = 0.95) -> Double {
        let tail = (1 - confidence) / 2
        guard units > 1 else { return tail }
        let n = Double(units)
        return Normal.cumulative(-(n / (n - 1)).squareRoot() * StudentT.quantile(1 - tail, degrees: n - 1))
    }

    // MARK: Shares and means of scores between 0 and 1

    /// Wilson's interval with an effective number of items, for the mean of scores between 0 and 1 with several items
    /// per group (Korn and Graubard 1998). With one item per group it equals Wilson's interval.
    /// - Parameter sample: vectors (score, 1) or (score, weight).
    package static func share(_ sample: GroupedSample, confidence: Double = 0.95) -> Interval? {
        guard sample.width == 2, sample.groupCount > 0 else { return nil }
        let total = sample.total
        let n = total[1]
        guard n > 0 else { return nil }
        let p = total[0] / n
        guard p >= 0, p <= 1 else { return nil }
        return Proportion.wilson(share: p, n: effectiveCount(sample), confidence: confidence)
    }

    /// The number of independent items with the same variance; the number of groups if all scores are 0 or all are 1.
    package static func effectiveCount(_ sample: GroupedSample, confidence: Double = 0.95) -> Double {
        let total = sample.total
        let n = total[1], groups = Double(sample.groupCount)
        guard n > 0 else { return 0 }
        if sample.isSingleItems { return n }
        let p = total[0] / n
        guard p > 0, p < 1, groups > 1 else { return groups }
        var spread = 0.0
        for group in 0..<sample.groupCount {
            let residual = sample.rows[2 * group] - sample.rows[2 * group + 1] * p
            spread += residual * residual
        }
        let variance = groups / (groups - 1) * spread / (n * n)
        guard variance > 0 else { return n }
        let tail = (1 - confidence) / 2
        let ratio = -Normal.quantile(tail) / StudentT.quantile(1 - tail, degrees: groups - 1)
        return min(n, p * (1 - p) / variance) * ratio * ratio
    }

    /// The standard error of a mean over groups, sqrt(g/(g-1)·Σ(Σ(s-p))²)/n; `nil` for fewer than two groups.
    /// - Parameter sample: vectors (score, 1).
    package static func clusteredError(_ sample: GroupedSample) -> Double? {
        let total = sample.total, groups = Double(sample.groupCount)
        guard sample.width == 2, groups > 1, total[1] > 0 else { return nil }
        let p = total[0] / total[1]
        var spread = 0.0
        for group in 0..<sample.groupCount {
            let residual = sample.rows[2 * group] - sample.rows[2 * group + 1] * p
            spread += residual * residual
        }
        return (groups / (groups - 1) * spread).squareRoot() / total[1]
    }

    // MARK: Bootstrap intervals

    /// The interval of a function of sums, by drawing groups with replacement.
    /// - Returns: `nil` for fewer than two groups, if more than a tenth of the draws have no value, or if all draws
    ///   agree: that shows that these groups are alike, not that others would be.
    package static func drawn(
        _ sample: GroupedSample, seed: UInt64 = 1, draws: Int = draws, value: Value
    ) -> Interval? {
        let sample = sample.bundled(atMost: maxUnits, seed: seed)
        guard sample.groupCount > 1 else { return nil }
        var random = SeededRandom(seed: seed)
        var values: [Double] = []
        values.reserveCapacity(draws)
        for _ in 0..<draws {
            if let value = value(drawnSums(sample, &random)), value.isFinite { values.append(value) }
        }
        return interval(values, draws: draws, units: sample.groupCount)
    }

    /// The interval of a function of the groups' weights, such as average precision or a median.
    package static func drawn(
        groups: Int, seed: UInt64 = 1, draws: Int = draws, weighted: ([Double]) -> Double?
    ) -> Interval? {
        guard groups > 1 else { return nil }
        var random = SeededRandom(seed: seed)
        var values: [Double] = []
        for _ in 0..<draws {
            var weights = [Double](repeating: 0, count: groups)
            for _ in 0..<groups { weights[random.index(below: groups)] += 1 }
            if let value = weighted(weights), value.isFinite { values.append(value) }
        }
        return interval(values, draws: draws, units: groups)
    }

    /// The expanded percentile interval of drawn values; `nil` if more than a tenth of the draws have no value, or if
    /// all agree.
    static func interval(_ values: [Double], draws: Int, units: Int) -> Interval? {
        guard values.count >= draws - draws / 10 else { return nil }
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last, first < last else { return nil }
        let tail = 100 * expandedTail(units: units)
        return Interval(sorted.percentileOfSorted(tail), sorted.percentileOfSorted(100 - tail))
    }

    private static func drawnSums(_ sample: GroupedSample, _ random: inout SeededRandom) -> [Double] {
        let width = sample.width, groups = sample.groupCount
        var sums = [Double](repeating: 0, count: width)
        sample.rows.withUnsafeBufferPointer { rows in
            sums.withUnsafeMutableBufferPointer { sums in
                for _ in 0..<groups {
                    let start = random.index(below: groups) * width
                    for at in 0..<width { sums[at] += rows[start + at] }
                }
            }
        }
        return sums
    }

    // MARK: Two models

    /// The difference of two models in a metric, with its significance.
    package struct Difference: Hashable, Sendable {
        /// The first model's value minus the second's.
        package var difference: Double
        /// The 95% confidence interval; `nil` if resampling shows no variation: all groups alike, or fewer than two.
        package var interval: Interval?
        /// The two-sided p-value of the swap test.
        package var pValue: Double
        /// The smallest true difference that this number of groups detects with 80% power; `nil` if the variance is
        /// unknown.
        package var detectable: Double?
        /// Number of groups compared, before merging.
        package var groups: Int
    }

    /// Compares two models that answered the same items: the test swaps the two models' answers in random groups, and
    /// the interval draws the same groups for both.
    /// - Parameters:
    ///   - first: its groups are in the same order as those of `second`.
    ///   - range: the metric's range, which bounds unseen differences if all groups agree; `nil` for unbounded
    ///     metrics.
    package static func paired(
        _ first: GroupedSample, _ second: GroupedSample, range: ClosedRange<Double>? = nil, seed: UInt64 = 1,
        draws: Int = draws, swaps: Int = swaps, value: Value
    ) -> Difference? {
        guard first.width == second.width, first.groupCount == second.groupCount, first.groupCount > 0,
            let a = value(first.total), let b = value(second.total)
        else { return nil }
        let one = first.bundled(atMost: maxUnits, seed: seed), two = second.bundled(atMost: maxUnits, seed: seed)
        let units = one.groupCount
        let pValue = swapTest(one, two, seed: seed, swaps: swaps, value: value)
        var result = Difference(difference: a - b, interval: nil, pValue: pValue, detectable: nil, groups: first.groupCount)
        var random = SeededRandom(seed: seed)
        var differences: [Double] = []
        differences.reserveCapacity(draws)
        let width = first.width
        for _ in 0..<draws where units > 1 {
            var sums = [Double](repeating: 0, count: width), others = sums
            for _ in 0..<units {
                let start = random.index(below: units) * width
                for at in 0..<width {
                    sums[at] += one.rows[start + at]
                    others[at] += two.rows[start + at]
                }
            }
            if let a = value(sums), let b = value(others), (a - b).isFinite { differences.append(a - b) }
        }
        result.interval = interval(differences, draws: draws, units: units)
        if result.interval != nil {
            result.detectable = differences.sampleDeviation.map { (Normal.quantile(0.975) + Normal.quantile(0.8)) * $0 }
        } else if let range, let hidden = Proportion(0, of: first.groupCount).clopperPearson()?.high {
            // Resampling shows no variation, but unseen groups may differ by as much as the range allows.
            let width = (range.upperBound - range.lowerBound) * hidden
            result.interval = Interval(
                max(range.lowerBound - range.upperBound, a - b - width), min(range.upperBound - range.lowerBound, a - b + width))
        }
        return result
    }

    /// Compares two models that answered different items: the interval draws each side separately, and the test
    /// permutes the groups between the sides.
    package static func unpaired(
        _ first: GroupedSample, _ second: GroupedSample, seed: UInt64 = 1, draws: Int = draws, swaps: Int = swaps, value: Value
    ) -> Difference? {
        guard first.width == second.width, first.groupCount > 0, second.groupCount > 0,
            let a = value(first.total), let b = value(second.total)
        else { return nil }
        let one = first.bundled(atMost: maxUnits, seed: seed), two = second.bundled(atMost: maxUnits, seed: seed)
        var random = SeededRandom(seed: seed)
        let rows = one.rows + two.rows, width = first.width
        var order = Array(0..<(one.groupCount + two.groupCount))
        let observed = abs(a - b), slack = 1e-9 * max(observed, 1e-3)
        var extreme = 0, dealt = 0
        for _ in 0..<swaps {
            order.shuffle(using: &random)
            var sums = [Double](repeating: 0, count: width), others = sums
            for (at, unit) in order.enumerated() {
                for part in 0..<width {
                    if at < one.groupCount {
                        sums[part] += rows[unit * width + part]
                    } else {
                        others[part] += rows[unit * width + part]
                    }
                }
            }
            guard let x = value(sums), let y = value(others) else { continue }
            dealt += 1
            if abs(x - y) >= observed - slack { extreme += 1 }
        }
        var differences: [Double] = []
        if min(one.groupCount, two.groupCount) > 1 {
            for _ in 0..<draws {
                if let x = value(drawnSums(one, &random)), let y = value(drawnSums(two, &random)), (x - y).isFinite {
                    differences.append(x - y)
                }
            }
        }
        let units = min(one.groupCount, two.groupCount)
        let interval = interval(differences, draws: draws, units: units)
        return Difference(
            difference: a - b, interval: interval, pValue: Double(1 + extreme) / Double(1 + dealt),
            detectable: interval == nil
                ? nil : differences.sampleDeviation.map { (Normal.quantile(0.975) + Normal.quantile(0.8)) * $0 },
            groups: min(first.groupCount, second.groupCount))
    }

    /// The two-sided p-value of |f(ΣA) - f(ΣB)| under swaps of the two models' answers in any subset of groups
    /// (Fisher; Noreen 1989). Exact for up to 16 differing groups, and if each of them moves the difference equally,
    /// as with 0/1 answers: it then equals McNemar's test. Otherwise uses random swaps and counts the observed
    /// assignment too.
    package static func swapTest(
        _ first: GroupedSample, _ second: GroupedSample, seed: UInt64 = 1, swaps: Int = swaps, value: Value
    ) -> Double {
        let width = first.width
        var sums = first.total, others = second.total
        guard first.groupCount == second.groupCount, let a = value(sums), let b = value(others) else { return 1 }
        let moves = (0..<first.groupCount).compactMap { group -> [Double]? in
            let change = (0..<width).map { second.rows[group * width + $0] - first.rows[group * width + $0] }
            return change.contains { $0 != 0 } ? change : nil
        }
        let observed = abs(a - b)
        guard !moves.isEmpty, observed > 0 else { return 1 }
        if let exact = binomial(moves) { return exact }
        let slack = 1e-9 * max(observed, 1e-3)
        func isExtreme() -> Bool? {
            guard let x = value(sums), let y = value(others) else { return nil }
            return abs(x - y) >= observed - slack
        }
        func move(_ group: Int, _ sign: Double) {
            for at in 0..<width {
                sums[at] += sign * moves[group][at]
                others[at] -= sign * moves[group][at]
            }
        }
        if moves.count <= 16 {
            var swapped = [Bool](repeating: false, count: moves.count)
            var extreme = 1, all = 1
            // In Gray code order, consecutive subsets differ in one group.
            for code in 1..<(1 << moves.count) {
                let group = code.trailingZeroBitCount
                move(group, swapped[group] ? -1 : 1)
                swapped[group].toggle()
                guard let isExtreme = isExtreme() else { continue }
                all += 1
                if isExtreme { extreme += 1 }
            }
            return Double(extreme) / Double(all)
        }
        let flat = moves.flatMap { $0 }
        let start = (sums, others)
        var random = SeededRandom(seed: seed)
        var extreme = 0, all = 0
        for _ in 0..<swaps {
            (sums, others) = start
            var bits: UInt64 = 0
            flat.withUnsafeBufferPointer { flat in
                for group in 0..<moves.count {
                    if group % 64 == 0 { bits = random.next() }
                    if bits & 1 == 1 {
                        for at in 0..<width {
                            sums[at] += flat[group * width + at]
                            others[at] -= flat[group * width + at]
                        }
                    }
                    bits >>= 1
                }
            }
            guard let isExtreme = isExtreme() else { continue }
            all += 1
            if isExtreme { extreme += 1 }
        }
        return Double(1 + extreme) / Double(1 + all)
    }

    /// The interval of a difference of two functions of weights, and the detectable difference.
    /// - Parameters:
    ///   - second: the groups of the second model; `nil` if both answered the same ones, which are then drawn
    ///     together.
    package static func drawnDifferences(
        _ first: Int, _ second: Int?, seed: UInt64 = 1, draws: Int = draws,
        difference: (_ first: [Double], _ second: [Double]) -> Double?
    ) -> (interval: Interval?, detectable: Double?) {
        let units = min(first, second ?? first)
        guard units > 1 else { return (nil, nil) }
        var random = SeededRandom(seed: seed)
        func weights(_ groups: Int) -> [Double] {
            var weights = [Double](repeating: 0, count: groups)
            for _ in 0..<groups { weights[random.index(below: groups)] += 1 }
            return weights
        }
        var differences: [Double] = []
        for _ in 0..<draws {
            let one = weights(first), two = second.map(weights) ?? one
            if let value = difference(one, two), value.isFinite { differences.append(value) }
        }
        guard let interval = interval(differences, draws: draws, units: units) else { return (nil, nil) }
        return (interval, differences.sampleDeviation.map { (Normal.quantile(0.975) + Normal.quantile(0.8)) * $0 })
    }

    /// The swap test for a value that needs the items themselves.
    /// - Parameter difference: f(A) - f(B) with the two models' answers swapped in the groups that are set.
    package static func swapTest(
        groups: Int, seed: UInt64 = 1, swaps: Int = swaps, difference: ([Bool]) -> Double?
    ) -> Double {
        let none = [Bool](repeating: false, count: groups)
        guard let observed = difference(none).map(abs), observed > 0 else { return 1 }
        let slack = 1e-9 * max(observed, 1e-3)
        var random = SeededRandom(seed: seed)
        var extreme = 0, all = 0
        for _ in 0..<swaps {
            var exchanged = none, bits: UInt64 = 0
            for group in 0..<groups {
                if group % 64 == 0 { bits = random.next() }
                exchanged[group] = bits & 1 == 1
                bits >>= 1
            }
            guard let drawn = difference(exchanged).map(abs) else { continue }
            all += 1
            if drawn >= observed - slack { extreme += 1 }
        }
        return Double(1 + extreme) / Double(1 + all)
    }

    /// McNemar's p-value if every group moves the first part by the same amount and nothing else; otherwise `nil`.
    private static func binomial(_ moves: [[Double]]) -> Double? {
        guard let size = moves.first?.first.map(abs), size > 0,
            moves.allSatisfy({ abs($0[0]) == size && $0.dropFirst().allSatisfy { $0 == 0 } })
        else { return nil }
        let down = moves.count { $0[0] < 0 }
        return McNemar(onlyFirst: down, onlySecond: moves.count - down).pValue
    }
}

extension StudentT {
    /// The quantile for probability `p`.
    package static func quantile(_ p: Double, degrees: Double) -> Double {
        guard p > 0 else { return -.infinity }
        guard p < 1 else { return .infinity }
        guard p != 0.5 else { return 0 }
        let x = Beta.quantile(2 * min(p, 1 - p), degrees / 2, 0.5)
        let t = x > 0 ? (degrees * (1 - x) / x).squareRoot() : .infinity
        return p > 0.5 ? t : -t
    }
}
