// Whether two models that saw different images differ in accuracy.

/// Two independent proportions.
package struct TwoProportions: Hashable, Sendable {
    package var first: Proportion
    package var second: Proportion

    package init(_ first: Proportion, _ second: Proportion) {
        self.first = first
        self.second = second
    }

    /// The two-sided p-value of the pooled z-test; 1 when both are all right or all wrong, `nil` without trials.
    package var pValue: Double? {
        guard let p = first.value, let q = second.value else { return nil }
        let pooled = Double(first.successes + second.successes) / Double(first.n + second.n)
        let variance = pooled * (1 - pooled) * (1 / Double(first.n) + 1 / Double(second.n))
        guard variance > 0 else { return 1 }
        return 2 * Normal.cumulative(-abs(p - q) / variance.squareRoot())
    }

    /// Newcombe's hybrid score interval of first − second (1998, method 10), made of the two Wilson intervals.
    package func interval(confidence: Double = 0.95) -> Interval? {
        guard let p = first.value, let q = second.value,
            let a = first.wilson(confidence: confidence), let b = second.wilson(confidence: confidence)
        else { return nil }
        func norm(_ x: Double, _ y: Double) -> Double { (x * x + y * y).squareRoot() }
        return Interval(p - q - norm(p - a.low, b.high - q), p - q + norm(a.high - p, q - b.low))
    }
}
