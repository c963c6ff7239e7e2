// Selection of a dataset's labels.

/// A selection of labels, applied after the label rule. Images of other labels are excluded and counted as skipped.
package struct LabelSelection: Hashable, Sendable, Codable {
    /// Includes only these labels; `nil` for no restriction.
    package var only: [String]?
    /// Excludes these labels; `nil` for none.
    package var except: [String]?
    /// Excludes labels with fewer images; `nil` for no minimum.
    package var minImages: Int?

    /// - Parameter minImages: excludes labels with fewer images.
    package init(only: [String]? = nil, except: [String]? = nil, minImages: Int? = nil) {
        self.only = only
        self.except = except
        self.minImages = minImages
    }
}
