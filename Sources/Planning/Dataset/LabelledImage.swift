// The label of each image file, from the folders above it.

package import Basics
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

    /// Labels image files by their folders; sorted by label and then by path.
    /// - Throws: `DatasetError`.
    package func labelled(_ paths: [String], label rule: LabelSpec, isRooted: Bool = false) throws(DatasetError)
        -> [LabelledImage]
    {
        try labelled(paths, unused: [], label: rule, isRooted: isRooted).images
    }

    /// Labels image files by their folders, and names the labels that have lost all their files. Folders that contain all
    /// images, and no image directly, are taken as a wrapper around the labels.
    /// - Parameters:
    ///   - unused: files that were meant as images and are not read, and empty folders, whose paths end with `/`.
    ///   - isRooted: whether the paths start at a folder that the spec names. Where the first folder is the label,
    ///     nothing is taken as a wrapper then.
    /// - Returns: the images, sorted by label and then by path; the lost labels in the order of their first files.
    /// - Throws: `DatasetError`.
    package func labelled(
        _ paths: [String], unused: [SkippedFile], label rule: LabelSpec, isRooted: Bool = false
    ) throws(DatasetError) -> (images: [LabelledImage], lost: [DatasetError.LostLabel]) {
        guard !paths.isEmpty else { throw .noImages }
        let folders = paths.map { Array($0.pathParts.dropLast()) }
        let least = hasParts ? 2 : 1
        if let index = folders.firstIndex(where: { $0.count < least }) {
            throw .noFolder(path: paths[index], layout: self)
        }
        let wrapper = isRooted && (nesting == .top || nesting == .path) && !hasParts ? 0 : wrapperDepth(folders)
        try requireClearWrapper(Array((folders.first ?? []).prefix(wrapper)), unused)
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
            guard let first = below.first, let name = labelName(below) else { throw .noFolder(path: path, layout: self) }
            if below.count > 1, nesting == .refused {
                nested.append(path)
                continue
            }
            // The folder that a label belongs to: two folders of one label are two kinds by mistake more often than by
            // intent.
            let above = all.prefix(wrapper + (hasParts ? 1 : 0))
            let owner = switch nesting {
            case .refused, .top: (above + [first]).joined(separator: "/")
            case .nearest, .path: all.joined(separator: "/")
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
        var unread: [(image: LabelledImage, reason: String)] = []
        for file in unused {
            var below = file.folders.dropFirst(wrapper)
            let part = hasParts ? below.popFirst().flatMap(SplitPart.init(folder:)) : nil
            guard part != nil || !hasParts, let name = labelName(below) else { continue }
            let label = try rule.label(of: name)
            unread.append((LabelledImage(path: file.path, label: label, part: part), file.reason))
        }
        return (images.sortedByLabel(), DatasetError.LostLabel.lost(unread, kept: images))
    }

    /// The name of the label in the folders below the wrapper and the part; `nil` where there is no folder.
    private func labelName(_ below: ArraySlice<String>) -> String? {
        switch nesting {
        case .refused, .top: below.first
        case .nearest: below.last
        case .path: below.isEmpty ? nil : below.joined(separator: "/")
        }
    }

    /// A folder without images beside a folder around all of them makes it unclear whether the latter is a wrapper or a
    /// label: of `cat/2023/x.jpg` and the empty `dog/`, the labels are not `2023` and its like.
    private func requireClearWrapper(_ wrapper: [String], _ unused: [SkippedFile]) throws(DatasetError) {
        // The folder of a part, or the one that holds an image, is known by itself.
        guard nesting != .nearest, !hasParts else { return }
        for file in unused {
            let folders = file.folders
            let shared = zip(wrapper, folders).prefix { ExactText($0) == ExactText($1) }.count
            guard shared < wrapper.count, shared < folders.count else { continue }
            throw .unclearWrapper(
                folder: wrapper.prefix(shared + 1).joined(separator: "/"),
                besides: folders.prefix(shared + 1).joined(separator: "/"), reason: file.reason)
        }
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
    /// The folders above a relative path, outermost first: of `a/b/c.jpg`, `a` and `a/b`.
    package var foldersAbove: [String] {
        var folders: [String] = []
        for part in pathParts.dropLast() { folders.append(folders.last.map { $0 + "/" + part } ?? part) }
        return folders
    }

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

extension SkippedFile {
    /// The file where it, or the empty folder that it is, could have given a label an image. A link without an extension
    /// that leads nowhere is taken as a folder. `nil` for all others.
    package var unused: SkippedFile? {
        guard group != "hidden", group != "of the operating system" else { return nil }
        if FileRole(path: path) == .unknown, ["broken links", "links to folders"].contains(group) {
            return SkippedFile(path: path + "/", reason: reason, group: group)
        }
        return isImage == true || path.hasSuffix("/") || FileRole.isMeantAsImage(path) ? self : nil
    }

    /// An empty folder.
    package init(emptyFolder path: String) {
        self.init(path: path + "/", reason: "its folder is empty", group: "empty folders")
    }

    /// Folders without files and without folders below them. Files that are hidden or belong to the operating system do
    /// not count.
    /// - Parameters:
    ///   - folders: all folders that are known, also those that only files name.
    ///   - files: all files.
    package static func emptyFolders(among folders: some Sequence<String>, files: some Sequence<String>) -> [SkippedFile] {
        var full: Set<ExactText> = []
        for file in files where FileRole(path: file).isCounted { full.formUnion(file.foldersAbove.suffix(1).map(ExactText.init)) }
        var all: Set<ExactText> = []
        for folder in folders where FileRole(path: folder + "/x").isCounted {
            all.insert(ExactText(folder))
            full.formUnion(folder.foldersAbove.map(ExactText.init))
        }
        return all.subtracting(full).map(\.text).sortedByBytes().map(SkippedFile.init(emptyFolder:))
    }

    /// The folders above the file, outermost first; of an empty folder, the folder itself too.
    fileprivate var folders: [String] { path.hasSuffix("/") ? path.pathParts : path.pathParts.dropLast() }
}

extension DatasetError.LostLabel {
    /// The labels whose files are all unread, each in the part that has lost them.
    /// - Parameter unread: files that are not read, with the labels and parts that they would have.
    package static func lost(
        _ unread: [(image: LabelledImage, reason: String)], kept: some Sequence<LabelledImage>
    ) -> [DatasetError.LostLabel] {
        guard !unread.isEmpty else { return [] }
        func key(_ image: LabelledImage) -> String { (image.part?.rawValue ?? "") + "/" + image.label }
        let known = Set(kept.map(key))
        var lost: [String: DatasetError.LostLabel] = [:]
        var order: [String] = []
        for (image, reason) in unread where !known.contains(key(image)) {
            let isFolder = image.path.hasSuffix("/")
            if lost[key(image)] == nil {
                order.append(key(image))
                lost[key(image)] = .init(name: image.label, files: 0, reason: reason, part: image.part)
            } else if lost[key(image)]?.files == 0, !isFolder {
                // A file says more than an empty folder.
                lost[key(image)]?.reason = reason
            }
            if !isFolder { lost[key(image)]?.files += 1 }
        }
        return order.compactMap { lost[$0] }
    }
}

extension [LabelledImage] {
    /// Sorted by label, then by path, then by item, all by bytes.
    package func sortedByLabel() -> [LabelledImage] {
        sorted { precedes(($0.label, $0.path, $0.item), ($1.label, $1.path, $1.item)) }
    }
}
