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
    /// Groups of items, of which there are too few.
    case tooFewGroups(have: Int, need: Int)
    /// Groups that the dataset itself puts into two parts.
    case partedGroups([String])
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
        case .tooFewGroups(let have, let need):
            "the dataset has \(have) \(have == 1 ? "group" : "groups") of items, the split needs \(need)"
        case .partedGroups(let groups):
            "the dataset puts items of one group into two parts: "
                + groups.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
                + (groups.count > 5 ? " and \(groups.count - 5) more groups" : "")
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
        case .tooFewGroups: "take fewer, or state percentages: '{ train: 80%, test: 20% }'"
        case .partedGroups: "give all items of a group one part; the column 'group' names the groups"
        case .withoutPart: "give every row a part, or give the split numbers in place of 'from: dataset'"
        }
    }
}
