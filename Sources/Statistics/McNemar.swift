// Whether two models that saw the same images differ in accuracy.

/// McNemar's exact test (1947): only the examples on which exactly one of the two is right speak.
package struct McNemar: Hashable, Sendable {
    /// Examples that only the first got right.
    package var onlyFirst: Int
    /// Examples that only the second got right.
    package var onlySecond: Int

    package init(onlyFirst: Int, onlySecond: Int) {
        self.onlyFirst = onlyFirst
        self.onlySecond = onlySecond
    }

    /// The two-sided exact p-value: that of a fair coin having fallen so unevenly.
    package var pValue: Double {
        let few = min(onlyFirst, onlySecond)
        return min(1, 2 * Binomial.cumulative(few, n: onlyFirst + onlySecond, p: 0.5))
    }
}
