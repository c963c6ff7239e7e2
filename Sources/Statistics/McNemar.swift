// The significance of a difference in accuracy on the same images.

/// McNemar's exact test (1947): uses only the examples on which exactly one of the two models is right.
package struct McNemar: Hashable, Sendable {
    /// Number of examples that only the first model got right.
    package var onlyFirst: Int
    /// Number of examples that only the second model got right.
    package var onlySecond: Int

    /// Creates the test from the two counts of disagreement.
    package init(onlyFirst: Int, onlySecond: Int) {
        self.onlyFirst = onlyFirst
        self.onlySecond = onlySecond
    }

    /// The two-sided exact p-value: the probability of a split at least this uneven with a fair coin.
    package var pValue: Double {
        let few = min(onlyFirst, onlySecond)
        return min(1, 2 * Binomial.cumulative(few, n: onlyFirst + onlySecond, p: 0.5))
    }
}
