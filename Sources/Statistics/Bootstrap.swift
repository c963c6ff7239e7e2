// Bootstrap percentile intervals (Efron 1979) with seeded draws.

import Basics

/// The bootstrap over examples.
package enum Bootstrap {
    /// Intervals of the difference of two means, absolute and relative to the second mean.
    package struct Means: Hashable, Sendable {
        /// The interval of first - second.
        package var difference: Interval
        /// `nil` if a drawn second mean is 0.
        package var relative: Interval?
    }

    /// Draws examples with replacement and compares the means of the draws.
    /// - Parameter paired: whether `first[i]` and `second[i]` belong to the same example and are drawn together;
    ///   requires equal lengths.
    /// - Returns: `nil` if either is empty.
    package static func compareMeans(
        _ first: [Double], _ second: [Double], paired: Bool, resamples: Int = 2000, confidence: Double = 0.95,
        seed: UInt64 = 1
    ) -> Means? {
        guard !first.isEmpty, !second.isEmpty, !paired || first.count == second.count else { return nil }
        var random = SeededRandom(seed: seed)
        var differences = [Double](), shares = [Double]()
        differences.reserveCapacity(resamples)
        shares.reserveCapacity(resamples)
        for _ in 0..<resamples {
            let a: Double, b: Double
            if paired {
                (a, b) = drawnMeans(first, second, &random)
            } else {
                a = drawnMean(first, &random)
                b = drawnMean(second, &random)
            }
            differences.append(a - b)
            if b != 0 { shares.append((a - b) / b) }
        }
        let relative = shares.count == resamples ? interval(&shares, confidence) : nil
        return Means(difference: interval(&differences, confidence), relative: relative)
    }

    /// The interval of a mean; `nil` if empty.
    package static func mean(
        _ values: [Double], resamples: Int = 2000, confidence: Double = 0.95, seed: UInt64 = 1
    ) -> Interval? {
        guard !values.isEmpty else { return nil }
        var random = SeededRandom(seed: seed)
        var means = (0..<resamples).map { _ in drawnMean(values, &random) }
        return interval(&means, confidence)
    }

    /// The interval of an arbitrary statistic.
    /// - Parameter statistic: computes the value from the indices (0..<count) of the drawn examples.
    /// - Returns: `nil` without examples, or if the statistic has no value for a draw.
    package static func statistic(
        ofExamples count: Int, resamples: Int = 2000, confidence: Double = 0.95, seed: UInt64 = 1,
        _ statistic: ([Int]) -> Double?
    ) -> Interval? {
        guard count > 0 else { return nil }
        var random = SeededRandom(seed: seed)
        var values = [Double](), places = [Int](repeating: 0, count: count)
        values.reserveCapacity(resamples)
        for _ in 0..<resamples {
            for at in places.indices { places[at] = random.index(below: count) }
            guard let value = statistic(places) else { return nil }
            values.append(value)
        }
        return interval(&values, confidence)
    }

    private static func interval(_ drawn: inout [Double], _ confidence: Double) -> Interval {
        drawn.sort()
        let tail = 100 * (1 - confidence) / 2
        return Interval(drawn.percentileOfSorted(tail), drawn.percentileOfSorted(100 - tail))
    }

    private static func drawnMean(_ values: [Double], _ random: inout SeededRandom) -> Double {
        values.withUnsafeBufferPointer { values in
            var sum = 0.0
            for _ in 0..<values.count { sum += values[random.index(below: values.count)] }
            return sum / Double(values.count)
        }
    }

    private static func drawnMeans(
        _ first: [Double], _ second: [Double], _ random: inout SeededRandom
    ) -> (Double, Double) {
        first.withUnsafeBufferPointer { first in
            second.withUnsafeBufferPointer { second in
                var a = 0.0, b = 0.0
                for _ in 0..<first.count {
                    let at = random.index(below: first.count)
                    a += first[at]
                    b += second[at]
                }
                return (a / Double(first.count), b / Double(first.count))
            }
        }
    }
}

extension SeededRandom {
    /// A number in 0..<count; its bias is below count / 2^64.
    mutating func index(below count: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(count)).high)
    }
}
