// Labels image files by the folders above them.

package import Basics
package import Foundation
package import Specification

/// An image file with the label and part that the dataset assigns.
package struct LabelledImage: Hashable, Sendable {
    /// Relative to the dataset's root.
    package var path: String
    /// The label; empty for tasks other than classification.
    package var label: String
    /// The part that the dataset assigns; `nil` for none.
    package var part: SplitPart?
    /// The paths of further images, in order; `nil` for none.
    package var more: [String]?
    /// Images of one group stay in one part of a split; `nil` if the dataset states no group, and for items, which have
    /// their own.
    package var group: String?
    /// The item of the row, for tasks other than classification; `label` is empty then.
    package var item: ItemEntry?

    /// - Parameter item: only for tasks other than classification.
    package init(
        path: String, label: String, part: SplitPart? = nil, more: [String]? = nil, group: String? = nil, item: ItemEntry? = nil
    ) {
        self.path = path
        self.label = label
        self.part = part
        self.more = more
        self.group = group
        self.item = item
    }
}

extension DatasetSpec.Layout {
    /// The treatment of folders between a label's folder and its images.
    fileprivate enum Nesting { case refused, top, nearest, path }

    fileprivate var nesting: Nesting {
        switch self {
        case .folderPerLabel, .splitFolders: .refused
        case .topFolder, .splitTopFolder: .top
        case .nearestFolder, .splitNearestFolder: .nearest
        case .folderPath, .splitFolderPath: .path
        }
    }

    /// Labels the images among some files; sorted by label and then by path. Files without an image name are skipped.
    /// - Throws: `DatasetError` for files that do not fit the layout.
    package func images(
        among paths: some Sequence<String>, label rule: LabelSpec
    ) throws(DatasetError)
        -> [LabelledImage]
    {
        try labelled(paths.filter(isImagePath), label: rule)
    }

    /// Labels image files by their folders; sorted by label and then by path.
    /// - Throws: `DatasetError` for files that do not fit the layout.
    package func labelled(
        _ paths: [String], label rule: LabelSpec, isRooted: Bool = false
    ) throws(DatasetError)
        -> [LabelledImage]
    {
        try labelled(paths, unused: [], label: rule, isRooted: isRooted).images
    }

    /// Labels image files by their folders and lists the labels without any readable file. Folders that contain all
    /// images, but none directly, count as a wrapper around the labels.
    /// - Parameters:
    ///   - unused: image files that were not read, and empty folders, whose paths end with `/`.
    ///   - isRooted: whether the paths start at a folder that the spec names. If the first folder is the label, no
    /// folder counts as a wrapper then.
    /// - Returns: the images, sorted by label and then by path; the lost labels in the order of their first files.
    /// - Throws: `DatasetError` for files that do not fit the layout.
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
            // The folder that a label belongs to. Two folders with the same label are more often a mistake than
            // intended.
            let above = all.prefix(wrapper + (hasParts ? 1 : 0))
            let owner =
                switch nesting {
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

    /// The label's name, from the folders below wrapper and part; `nil` when there is no folder.
    private func labelName(_ below: ArraySlice<String>) -> String? {
        switch nesting {
        case .refused, .top: below.first
        case .nearest: below.last
        case .path: below.isEmpty ? nil : below.joined(separator: "/")
        }
    }

    /// Refuses an ambiguous wrapper: if a folder that contains all images has a sibling without images, it could be a
    /// wrapper or a label. With `cat/2023/x.jpg` and an empty `dog/`, `2023` is not a label.
    private func requireClearWrapper(_ wrapper: [String], _ unused: [SkippedFile]) throws(DatasetError) {
        // The folder of a part, or the one that contains an image, is unambiguous.
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

    /// The number of leading folders that wrap the labels: the folders that all paths share, less those that the
    /// layout needs.
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

    /// Whether all first folders name parts of a split, and at least two different parts occur.
    private static func looksSplit(_ folders: [[String]]) -> Bool {
        let names = Set(folders.compactMap(\.first).map(ExactText.init))
        let parts = Set(names.compactMap { SplitPart(folder: $0.text) })
        return names.count >= 2 && parts.count >= 2 && names.allSatisfy { SplitPart(folder: $0.text) != nil }
    }
}

extension String {
    /// The folders above a relative path, outermost first: for `a/b/c.jpg`, `a` and `a/b`.
    package var foldersAbove: [String] {
        var folders: [String] = []
        for part in pathParts.dropLast() { folders.append(folders.last.map { $0 + "/" + part } ?? part) }
        return folders
    }

    fileprivate var lastComponent: String { pathParts.last ?? self }
}

/// The order of images in manifests and splits: by label, then by path, then by item id, all by bytes.
package func precedes(
    _ a: (label: String, path: String, item: ItemEntry?), _ b: (label: String, path: String, item: ItemEntry?)
) -> Bool {
    guard a.label == b.label else { return precedesByBytes(a.label, b.label) }
    guard let first = a.item, let second = b.item, ExactText(a.path) == ExactText(b.path) else {
        return precedesByBytes(a.path, b.path)
    }
    return precedesByBytes(first.id, second.id)
}

extension SkippedFile {
    /// The file or empty folder itself if it could have given a label an image, else `nil`. A broken link or a link
    /// to a folder, without an extension, counts as a folder.
    package var unused: SkippedFile? {
        guard group != "hidden", group != "of the operating system" else { return nil }
        if FileRole(path: path) == .unknown, ["broken links", "links to folders"].contains(group) {
            return SkippedFile(path: path + "/", reason: reason, group: group)
        }
        return isImage == true || path.hasSuffix("/") || FileRole.hasImageExtension(path) ? self : nil
    }

    /// An entry for an empty folder; its path ends with `/`.
    package init(emptyFolder path: String) {
        self.init(path: path + "/", reason: "its folder is empty", group: "empty folders")
    }

    /// Entries for the folders that contain neither files nor folders. Hidden files and files of the operating system
    /// do not count.
    /// - Parameters:
    ///   - folders: all known folders, including those known only from file paths.
    ///   - files: all files.
    package static func emptyFolders(among folders: some Sequence<String>, files: some Sequence<String>) -> [SkippedFile] {
        var full: Set<ExactText> = []
        for file in files where FileRole(path: file).isCounted { full.formUnion(file.foldersAbove.suffix(1).map(ExactText.init)) }
        var all: Set<ExactText> = [], ancestors: Set<ExactText> = []
        for folder in folders where FileRole(path: folder + "/x").isCounted {
            all.insert(ExactText(folder))
            // All ancestors of a known folder are known too, so a path of a thousand folders stays cheap.
            var path = folder[...]
            while let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
                path = path[..<slash]
                guard ancestors.insert(ExactText(String(path))).inserted else { break }
            }
        }
        return all.subtracting(full).subtracting(ancestors).map(\.text).sortedByBytes().map(SkippedFile.init(emptyFolder:))
    }

    /// The folders above the file, outermost first; for an empty folder, including the folder itself.
    fileprivate var folders: [String] { path.hasSuffix("/") ? path.pathParts : path.pathParts.dropLast() }
}

extension DatasetError.LostLabel {
    /// The labels without any readable file, each with the part that has lost it.
    /// - Parameter unread: files that were not read, with the labels and parts that they would have.
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
                // A file's reason is more informative than that of an empty folder.
                lost[key(image)]?.reason = reason
            }
            if !isFolder { lost[key(image)]?.files += 1 }
        }
        return order.compactMap { lost[$0] }
    }
}

extension [LabelledImage] {
    /// Sorted by label, then by path, then by item id, all by bytes.
    package func sortedByLabel() -> [LabelledImage] {
        sorted { precedes(($0.label, $0.path, $0.item), ($1.label, $1.path, $1.item)) }
    }
}
