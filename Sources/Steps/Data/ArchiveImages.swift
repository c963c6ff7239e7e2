// Reads the images of an archive, with links followed, and lists every entry that is not one of them.

package import Basics
package import Foundation
import Planning
package import Platform
import VisionProtocol

/// A file of an archive, identified by its name and by how many files of that name precede it, itself included.
private struct BoundLink: Hashable {
    var target: ExactText
    var occurrence: Int
}

/// The images of an archive in the form that the caller keeps: stored in full, or only their heads.
package struct ArchiveImages<Item: Sendable>: Sendable {
    /// The images in the archive's order, followed by those that symbolic links lead to.
    package var images: [(path: String, item: Item)] = []
    /// The entries that are not images, each with the reason, and empty folders.
    package var skipped: [SkippedFile] = []
    /// A warning about how the archive ends; `nil` if it is complete.
    package var endWarning: DatasetOverview.Warning?

    /// Reads an archive. If a path occurs twice, the last entry counts, as in tar. A repeated non-ASCII path of an
    /// image is an error instead, because libarchive composes accents and may have merged two spellings of a name.
    /// - Parameter keep: receives the bytes of each image; called once per entry.
    /// - Throws: `ArchiveError`; `DatasetError.entryTwice`; errors of `keep`.
    package init(_ archive: Archive, keep: (_ path: String, _ bytes: Data) throws -> Item) throws {
        var items: [ExactText: Item] = [:]
        var occurrences: [ExactText: Int] = [:]
        var bound: [ExactText: BoundLink] = [:]
        var files: [String] = []
        var order: [ExactText] = []
        var links = ArchiveLinks()
        var linked: [ExactText] = []
        var folders: Set<ExactText> = []
        var unread: Set<ExactText> = []
        var skips: [ExactText: SkippedFile] = [:]
        var duplicates: [SkippedFile] = []

        func skip(_ path: String, _ reason: String, _ group: String) {
            skips[ExactText(path)] = SkippedFile(path: path, reason: reason, group: group)
        }
        /// Discards an earlier entry with the same path.
        func replace(_ path: String) throws {
            let isSkipped = if case .skipped = FileRole(path: path) { true } else { false }
            guard isSkipped || path.utf8.allSatisfy({ $0 < 0x80 }) else { throw DatasetError.entryTwice(path) }
            let key = ExactText(path)
            let wasThere =
                items.removeValue(forKey: key) != nil || skips.removeValue(forKey: key) != nil
                || linked.contains(key)
            if wasThere {
                duplicates.append(
                    SkippedFile(
                        path: path, reason: "an earlier entry of the same name", group: "duplicate names"))
            }
            links.remove(path)
            bound[key] = nil
            linked.removeAll { $0 == key }
            unread.remove(key)
        }
        func take(_ path: String, _ bytes: Data) throws {
            let key = ExactText(path)
            if FileRole(path: path) == .unknown, ImageHead.format(of: bytes) == nil {
                let what = NotAnImage.description(of: bytes, size: bytes.count) ?? "is not an image"
                skips[key] = SkippedFile(
                    path: path, reason: "a file without an extension that \(what)", group: "without an extension",
                    isImage: NotAnImage.isUnsupportedImage(bytes) ? true : nil)
                return
            }
            if items.updateValue(try keep(path, bytes), forKey: key) == nil { order.append(key) }
        }

        var seen: Set<ExactText> = []
        let end = try archive.forEach { entry, read in
            try Task.checkCancellation()
            let key = ExactText(entry.path)
            if entry.kind == .folder {
                folders.insert(key)
                return
            }
            if !seen.insert(key).inserted { try replace(entry.path) }
            files.append(entry.path)
            if entry.kind == .file { occurrences[key, default: 0] += 1 }
            if case .skipped(let reason, let group) = FileRole(path: entry.path) {
                // All images of a label may have unrecognized extensions.
                let format =
                    entry.kind == .file && FileRole.isUncertain(entry.path)
                    ? ImageHead.format(of: try read.start(ImageFormat.signatureLength)) : nil
                skips[key] =
                    FileRole.misnamed(entry.path, format: format?.name)
                    ?? SkippedFile(path: entry.path, reason: reason, group: group)
                if entry.kind == .file { unread.insert(key) }
                return
            }
            switch entry.kind {
            case .file: try take(entry.path, try read())
            case .link(let target):
                // A hard link refers to the file that has the target's name now, not to a later entry of that name.
                if entry.isHardLink, let target = links.resolved(target).map(ExactText.init) {
                    if let item = items[target] {
                        if items.updateValue(item, forKey: key) == nil { order.append(key) }
                        return
                    }
                    if unread.contains(target) {
                        bound[key] = BoundLink(target: target, occurrence: occurrences[target] ?? 1)
                    } else if let other = bound[target] {
                        bound[key] = other
                    }
                }
                links.add(entry.path, target: target)
                linked.append(key)
            case .special: skip(entry.path, "a device, FIFO or socket", "special files")
            case .folder: break
            }
        }

        if case .withoutMark(let last) = end {
            endWarning = DatasetOverview.Warning(
                code: "archive-without-end",
                message: "'\(archive.path)' has no end marker (for a zip: no central directory)"
                    + "\(last.map { " after '\($0)'" } ?? "") and may be truncated there",
                hint: "compare its size and number of files with its source; packing it again adds the marker")
        }

        // Links may lead to files whose own names are not image names.
        func target(of link: ExactText) -> BoundLink? {
            bound[link]
                ?? links.resolved(link.text).map { path in
                    let key = ExactText(path)
                    return BoundLink(target: key, occurrence: occurrences[key] ?? 1)
                }
        }
        let wanted = Set(linked.compactMap(target).filter { unread.contains($0.target) })
        var others: [BoundLink: Item] = [:]
        if !wanted.isEmpty {
            occurrences = [:]
            try archive.forEach { entry, read in
                let key = ExactText(entry.path)
                guard entry.kind == .file else { return }
                occurrences[key, default: 0] += 1
                let file = BoundLink(target: key, occurrence: occurrences[key] ?? 1)
                guard wanted.contains(file) else { return }
                let bytes = try read()
                others[file] = ImageHead.format(of: bytes) == nil ? nil : try keep(entry.path, bytes)
            }
        }
        var seenInOrder: Set<ExactText> = []
        images = order.compactMap { key in
            guard seenInOrder.insert(key).inserted else { return nil }
            return items[key].map { (key.text, $0) }
        }
        // Links to files come first, because links to folders lead to them too.
        var open: [(key: ExactText, target: String)] = []
        for key in linked {
            guard let found = target(of: key) else {
                skip(key.text, "a link that points to itself", "circular links")
                continue
            }
            if let item = others[found] ?? items[found.target] {
                images.append((key.text, item))
            } else {
                open.append((key, found.target.text))
            }
        }
        let direct = images
        let known = folders.union(direct.flatMap { $0.path.foldersAbove.map(ExactText.init) })
        for (key, target) in open {
            let below =
                known.contains(ExactText(target)) ? direct.filter { $0.path.dropping(exactPrefix: target + "/") != nil } : []
            if !below.isEmpty, key.text.dropping(exactPrefix: target + "/") == nil {
                images += below.map { (key.text + ($0.path.dropping(exactPrefix: target) ?? ""), $0.item) }
            } else if known.contains(ExactText(target)) {
                skip(key.text, "a link to a folder without images or to one above it", "links to folders")
            } else if skips[ExactText(target)] != nil {
                skip(key.text, "a link to '\(target)', which is not an image", "links to other files")
            } else {
                skip(key.text, "a link to '\(target)', which is not in the archive", "broken links")
            }
        }
        let empty = SkippedFile.emptyFolders(
            among: folders.map(\.text) + Set(files.flatMap(\.foldersAbove).map(ExactText.init)).map(\.text), files: files)
        skipped = duplicates + skips.values.sorted { precedesByBytes($0.path, $1.path) } + empty
    }
}
