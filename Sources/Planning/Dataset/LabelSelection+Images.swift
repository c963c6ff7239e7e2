// Applies a selection of labels to images.

import Basics
package import Specification

extension LabelSelection {
    /// Divides the images by `only` and `except` into kept and excluded ones.
    /// - Parameter alsoKnown: labels without images, which the selection may name too.
    /// - Throws: `DatasetError.unknownLabels` for a label of the selection that the dataset does not have, and
    ///   `everyLabelExcluded` if no label remains.
    package func chosen<Image>(
        of images: [Image], alsoKnown: [String] = [], label: (Image) -> String
    ) throws(DatasetError) -> (kept: [Image], excluded: [Image]) {
        let known = Set(images.map(label) + alsoKnown).sortedByBytes()
        let unknown = ((only ?? []) + (except ?? [])).filter { !known.contains($0) }
        guard unknown.isEmpty else {
            throw .unknownLabels(
                unknown.map { .init(name: $0, nearest: Basics.nearest(to: $0, among: known)) }, known: known)
        }
        let chosen = only.map(Set.init) ?? Set(known).subtracting(except ?? [])
        guard !chosen.isEmpty || known.isEmpty else { throw .everyLabelExcluded }
        return split(images) { chosen.contains(label($0)) }
    }

    /// Whether `only` and `except` keep a label.
    package func includes(_ label: String) -> Bool {
        only?.contains(label) ?? !(except ?? []).contains(label)
    }

    /// Divides the images into those of labels with at least `minImages` images and the others.
    package func frequent<Image>(
        of images: [Image], label: (Image) -> String
    ) throws(DatasetError) -> (kept: [Image], excluded: [Image]) {
        guard let minImages else { return (images, []) }
        let counts = images.reduce(into: [String: Int]()) { $0[label($1), default: 0] += 1 }
        if let most = counts.values.max(), most < minImages { throw .noFrequentLabel(minImages: minImages, most: most) }
        return split(images) { counts[label($0), default: 0] >= minImages }
    }

    private func split<Image>(_ images: [Image], where isKept: (Image) -> Bool) -> (kept: [Image], excluded: [Image]) {
        var result: (kept: [Image], excluded: [Image]) = ([], [])
        for image in images {
            if isKept(image) { result.kept.append(image) } else { result.excluded.append(image) }
        }
        return result
    }
}
