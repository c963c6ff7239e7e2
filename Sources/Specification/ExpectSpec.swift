// What a dataset that is not there yet will hold.

/// What the dataset is expected to hold, so that a plan can be forecast offline.
package struct ExpectSpec: Hashable, Sendable, Codable {
    /// Its labels.
    package var labels: Labels?
    /// Images of each label; without it, the most that a split takes.
    package var perLabel: Int?

    package init(labels: Labels? = nil, perLabel: Int? = nil) {
        self.labels = labels
        self.perLabel = perLabel
    }
}

extension ExpectSpec {
    package enum Labels: Hashable, Sendable, Codable {
        /// A text file with one label a line.
        case file(FileReference)
        case list([String])
    }
}
