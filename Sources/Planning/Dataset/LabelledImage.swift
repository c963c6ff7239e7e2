// The label of each image file, from the folders above it.

import Basics
package import Foundation
package import Specification

/// An image file with the label and part that the dataset gives it.
package struct LabelledImage: Hashable, Sendable {
    /// Relative to the dataset's root.
    package var path: String
    package var label: String
    package var part: SplitPart?
    /// What a row says about it, for tasks other than classification; the label is empty then.
    package var item: ItemEntry?

    package init(path: String, label: String, part: SplitPart? = nil, item: ItemEntry? = nil) {
        self.path = path
        self.label = label
        self.part = part
        self.item = item
    }
}

extension DatasetSpec.Layout {
    /// What happens to folders between a label's folder and its images.
    fileprivate enum Nesting { case refused, top, nearest, path }

    fileprivate var nesting: Nesting {
        switch self {
        case .folderPerLabel, .splitFolders: .refused
        case .topFolder, .splitTopFolder: .top
        case .nearestFolder, .splitNearestFolder: .nearest
        case .folderPath, .splitFolderPath: .path
        }
    }

    /// The images among some files with their labels, sorted by label and then by path. Files that are no images by
    /// their names are skipped.
    /// - Throws: `DatasetError`.
    package func images(among paths: some Sequence<String>, label rule: LabelSpec) throws(DatasetError)
        -> [LabelledImage]
    {
        try labelled(paths.filter(isImagePath), label: rule)
    }

    /// Labels image files by their folders; sorted by label and then by path. Folders that contain all images, and no
    /// image directly, are taken as a wrapper around the labels.
    /// - Parameter isRooted: whether the paths start at a folder that the spec names. Where the first folder is the label,
    ///   nothing is taken as a wrapper then.
    /// - Throws: `DatasetError`.
    package func labelled(_ paths: [String], label rule: LabelSpec, isRooted: Bool = false) throws(DatasetError)
        -> [LabelledImage]
    {
        guard !paths.isEmpty else { throw .noImages }
        let folders = paths.map { Array($0.pathParts.dropLast()) }
        let least = hasParts ? 2 : 1
        if let index = folders.firstIndex(where: { $0.count < least }) {
            throw .noFolder(path: paths[index], layout: self)
        }
        let wrapper = isRooted && (nesting == .top || nesting == .path) && !hasParts ? 0 : wrapperDepth(folders)
        var images: [LabelledImage] = []
        images.reserveCapacity(paths.count)
        var labels: [ExactText: String] = [:]
        var owners: [String: String] = [:]
        var nested: [String] = []
        for (path, all) in zip(paths, folders) {
            var below = all.dropFirst(wrapper)
            var part: SplitPart?
            if hasParts, let name = below.popFirst() {
                part = SplitPart(folder: name)
                if part == nil { throw .unknownPart(name: name, path: path) }
            }
            guard let first = below.first, let last = below.last else { throw .noFolder(path: path, layout: self) }
            if below.count > 1, nesting == .refused {
                nested.append(path)
                continue
            }
            let name: String
            // The folder that a label belongs to: two folders of one label are two kinds by mistake more often than by
            // intent.
            let owner: String
            let above = all.prefix(wrapper + (hasParts ? 1 : 0))
            switch nesting {
            case .refused, .top: (name, owner) = (first, (above + [first]).joined(separator: "/"))
            case .nearest: (name, owner) = (last, all.joined(separator: "/"))
            case .path: (name, owner) = (below.joined(separator: "/"), all.joined(separator: "/"))
            }
            let label: String
            if let known = labels[ExactText(name)] {
                label = known
            } else {
                label = try rule.label(of: name)
                labels[ExactText(name)] = label
            }
            let key = (part?.rawValue ?? "") + "/" + label
            if let other = owners.updateValue(owner, forKey: key), ExactText(other) != ExactText(owner) {
                guard ExactText(other.lastComponent) != ExactText(owner.lastComponent),
                    other.precomposedStringWithCompatibilityMapping == owner.precomposedStringWithCompatibilityMapping
                else { throw .labelOfTwoFolders(label: label, folders: [other, owner].sortedByBytes()) }
                throw .labelsEqualAfterNormalization([other, owner].sortedByBytes())
            }
            images.append(LabelledImage(path: path, label: label, part: part))
        }
        guard nested.isEmpty else {
            throw .nestedFolders(
                paths: nested, looksSplit: !hasParts && Self.looksSplit(folders.map { Array($0.dropFirst(wrapper)) }),
                layout: self)
        }
        return images.sortedByLabel()
    }

    /// How many folders at the start of every path are around the labels: those that all paths share, less what the
    /// layout needs below them.
    private func wrapperDepth(_ folders: [[String]]) -> Int {
        guard var shared = folders.first?[...] else { return 0 }
        for folder in folders.dropFirst() {
            var count = 0
            while count < shared.count, count < folder.count, ExactText(shared[count]) == ExactText(folder[count]) {
                count += 1
            }
            shared = shared.prefix(count)
        }
        if hasParts, let part = shared.firstIndex(where: { SplitPart(folder: $0) != nil }) { return part }
        let least = (folders.map(\.count).min() ?? 0) - (hasParts ? 2 : 1)
        return max(0, min(shared.count, least))
    }

    /// Whether the first folders are parts of a split: at least two of them, and one to train or to test with.
    private static func looksSplit(_ folders: [[String]]) -> Bool {
        let names = Set(folders.compactMap(\.first).map(ExactText.init))
        let parts = Set(names.compactMap { SplitPart(folder: $0.text) })
        return names.count >= 2 && parts.count >= 2 && names.allSatisfy { SplitPart(folder: $0.text) != nil }
    }
}

extension String {
    fileprivate var lastComponent: String { pathParts.last ?? self }
}

/// The order of images in manifests and splits: by label, by path, by item's id.
package func precedes(_ a: (label: String, path: String, item: ItemEntry?), _ b: (label: String, path: String, item: ItemEntry?)) -> Bool {
    guard a.label == b.label else { return precedesByBytes(a.label, b.label) }
    guard let first = a.item, let second = b.item, ExactText(a.path) == ExactText(b.path) else {
        return precedesByBytes(a.path, b.path)
    }
    return precedesByBytes(first.id, second.id)
}

extension [LabelledImage] {
    /// Sorted by label, then by path, then by item, all by bytes.
    package func sortedByLabel() -> [LabelledImage] {
        sorted { precedes(($0.label, $0.path, $0.item), ($1.label, $1.path, $1.item)) }
    }
}
