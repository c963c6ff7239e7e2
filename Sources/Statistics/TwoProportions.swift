// The significance of a difference in accuracy on different images.

/// Two proportions of different images, so that no item pairs them.
package struct TwoProportions: Hashable, Sendable {
    /// The first model's share.
    package var first: Proportion
    /// The second model's share, which is subtracted.
    package var second: Proportion

    /// Creates a comparison of first - second.
    package init(_ first: Proportion, _ second: Proportion) {
        self.first = first
        self.second = second
    }

    /// The two-sided p-value of the pooled z-test; 1 if both are entirely right or entirely wrong, `nil` without
    /// trials.
    package var pValue: Double? {
        guard let p = first.value, let q = second.value else { return nil }
        let pooled = Double(first.successes + second.successes) / Double(first.n + second.n)
        let variance = pooled * (1 - pooled) * (1 / Double(first.n) + 1 / Double(second.n))
        guard variance > 0 else { return 1 }
        return 2 * Normal.cumulative(-abs(p - q) / variance.squareRoot())
    }

    /// Newcombe's hybrid score interval of first - second (1998, method 10), from the two Wilson intervals.
    package func interval(confidence: Double = 0.95) -> Interval? {
        guard let p = first.value, let q = second.value,
            let a = first.wilson(confidence: confidence), let b = second.wilson(confidence: confidence)
        else { return nil }
        func norm(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }
        return Interval(p - q - norm(p - a.low, b.high - q), p - q + norm(a.high - p, q - b.low))
    }
}
