// The expected contents of a dataset that is not available yet.

/// The expected contents of the dataset, so that a plan can be forecast offline.
package struct ExpectSpec: Hashable, Sendable, Codable {
    /// The expected labels; `nil` when they are unknown.
    package var labels: Labels?
    /// The number of images per label; `nil` assumes as many as the splits use.
    package var perLabel: Int?

    /// - Parameter perLabel: `nil` assumes as many images as the splits use.
    package init(labels: Labels? = nil, perLabel: Int? = nil) {
        self.labels = labels
        self.perLabel = perLabel
    }
}

extension ExpectSpec {
    /// The expected labels, listed in the spec or in a file.
    package enum Labels: Hashable, Sendable, Codable {
        /// A text file with one label per line.
        case file(FileReference)
        case list([String])
    }
}
