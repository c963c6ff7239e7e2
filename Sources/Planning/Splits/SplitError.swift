// The reasons why a split cannot be made.

/// The property of a dataset that makes a split impossible.
package enum SplitError: Error, Hashable, Sendable {
    /// A label with fewer images than the split needs.
    package struct Shortage: Hashable, Sendable {
        /// The label with too few images.
        package var label: String
        /// The number of images that are available to the split.
        package var have: Int
        /// The number of images that the parts need together.
        package var need: Int
        /// Whether the numbers count groups of images.
        package var countsGroups: Bool

        /// - Parameter need: the number of images, or of their groups, that the parts need together.
        package init(label: String, have: Int, need: Int, countsGroups: Bool = false) {
            self.label = label
            self.have = have
            self.need = need
            self.countsGroups = countsGroups
        }

        fileprivate var unit: String { (countsGroups ? "group" : "image") + (have == 1 ? "" : "s") }
    }

    /// All labels with too few images, sorted.
    case tooFewImages([Shortage])
    /// The number of groups of items is too small.
    case tooFewGroups(have: Int, need: Int)
    /// Groups with images of more than one label.
    case groupsOfTwoLabels([String])
    /// Groups that the dataset itself divides between two parts.
    case partedGroups([String])
    /// The split keeps the dataset's parts, but these images have none.
    case withoutPart(paths: [String])
}

extension SplitError: CustomStringConvertible {
    /// The message for users; it lists at most five labels or groups.
    package var description: String {
        switch self {
        case .tooFewImages(let shortages):
            shortages.prefix(5).map {
                "'\($0.label)' has \($0.have) \($0.unit), the split needs \($0.need)"
            }.joined(separator: "; ") + (shortages.count > 5 ? "; and \(shortages.count - 5) more labels" : "")
        case .tooFewGroups(let have, let need):
            "the dataset has \(have) \(have == 1 ? "group" : "groups") of items, the split needs \(need)"
        case .groupsOfTwoLabels(let groups):
            "a group has images of two labels: " + groups.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
                + (groups.count > 5 ? " and \(groups.count - 5) more groups" : "")
        case .partedGroups(let groups):
            "the dataset puts items of one group into two parts: "
                + groups.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
                + (groups.count > 5 ? " and \(groups.count - 5) more groups" : "")
        case .withoutPart(let paths):
            "the dataset puts \(paths.count) \(paths.count == 1 ? "image" : "images") into no part; the first is \(paths.first ?? "")"
        }
    }

    /// One sentence on how to fix the error.
    package var hint: String {
        switch self {
        case .tooFewImages(let shortages):
            "use fewer images per label, or exclude rare labels: "
                + "'labels: { min_images: \(shortages.map(\.need).max() ?? 1) }' in the dataset"
        case .tooFewGroups: "use fewer, or percentages: '{ train: 80%, test: 20% }'"
        case .groupsOfTwoLabels: "put images of different labels into different groups"
        case .partedGroups: "put all items of a group into one part; the column 'group' defines the groups"
        case .withoutPart: "give every row a part, or give the split numbers instead of 'from: dataset'"
        }
    }
}
