// Few-shot examples in a prompt.

/// Few-shot examples: images of a split with their labels as answers; the first images of each label in path order.
package struct ExamplesSpec: Hashable, Sendable, Codable {
    /// The part from which the examples are taken; it must not be evaluated.
    package var split: SplitReference
    /// The number of examples per label.
    package var perLabel: Int
    /// The labels with examples; `nil` for all.
    package var labels: [String]?

    /// - Parameter labels: `nil` for all labels.
    package init(split: SplitReference, perLabel: Int = 1, labels: [String]? = nil) {
        self.split = split
        self.perLabel = perLabel
        self.labels = labels
    }
}
