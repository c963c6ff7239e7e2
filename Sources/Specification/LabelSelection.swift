// Which labels of a dataset take part.

/// A choice among the labels that the label rule makes. The other labels' images are excluded, and counted as skipped.
package struct LabelSelection: Hashable, Sendable, Codable {
    /// Only these labels.
    package var only: [String]?
    /// All labels but these.
    package var except: [String]?
    /// Labels with fewer images than this are excluded.
    package var minImages: Int?

    package init(only: [String]? = nil, except: [String]? = nil, minImages: Int? = nil) {
        self.only = only
        self.except = except
        self.minImages = minImages
    }
}
