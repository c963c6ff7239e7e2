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
            shortages.prefix(5).map {
                "'\($0.label)' has \($0.have) \($0.have == 1 ? "image" : "images"), the split needs \($0.need)"
            }.joined(separator: "; ") + (shortages.count > 5 ? "; and \(shortages.count - 5) more labels" : "")
        case .withoutPart(let paths):
            "the dataset puts \(paths.count) images into no part; the first is \(paths.first ?? "")"
        }
    }

    /// What to do about it, in one sentence.
    package var hint: String {
        switch self {
        case .tooFewImages(let shortages):
            "take fewer images of each label, or exclude rare labels: "
                + "'labels: { min_images: \(shortages.map(\.need).max() ?? 1) }' in the dataset"
        case .withoutPart: "give every row a part, or give the split numbers in place of 'from: dataset'"
        }
    }
}
