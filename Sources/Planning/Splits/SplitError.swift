// Why a split cannot be made.

/// What a dataset lacks for a split.
package enum SplitError: Error, Hashable, Sendable {
    /// A label with fewer images than the split deals out.
    package struct Shortage: Hashable, Sendable {
        package var label: String
        package var have: Int
        package var need: Int

        package init(label: String, have: Int, need: Int) {
            self.label = label
            self.have = have
            self.need = need
        }
    }

    /// Every label that has too few images, sorted.
    case tooFewImages([Shortage])
    /// The split keeps the dataset's parts, and these images have none.
    case withoutPart(paths: [String])
}

extension SplitError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooFewImages(let shortages):
            shortages.prefix(3).map { "'\($0.label)' has \($0.have) images, the split needs \($0.need)" }
                .joined(separator: "; ") + (shortages.count > 3 ? "; and \(shortages.count - 3) more labels" : "")
        case .withoutPart(let paths):
            "the dataset says of \(paths.count) images no part to be in, the first is \(paths.first ?? "")"
        }
    }
}
