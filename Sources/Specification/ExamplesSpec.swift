// Answered examples in a prompt.

/// Few-shot examples: images of a split with their labels as answers, the first of each label by path.
package struct ExamplesSpec: Hashable, Sendable, Codable {
    /// Where the examples come from; a part that is not evaluated.
    package var split: SplitReference
    /// Examples of each label.
    package var perLabel: Int
    /// Only these labels; without it, all.
    package var labels: [String]?

    package init(split: SplitReference, perLabel: Int = 1, labels: [String]? = nil) {
        self.split = split
        self.perLabel = perLabel
        self.labels = labels
    }
}
