// The images of an archive, with its links followed, and every entry that is not among them.

package import Basics
package import Foundation
import Planning
package import Platform
import VisionProtocol

/// Images of an archive as a caller keeps them: in the store, or by their heads.
package struct ArchiveImages<Item: Sendable>: Sendable {
    package var images: [(path: String, item: Item)] = []
    package var skipped: [SkippedFile] = []

    /// Reads an archive. A path that comes twice counts as its last entry does, as with tar, unless two spellings of one
    /// name may be behind it: libarchive composes the accents of names.
    /// - Parameter keep: takes the bytes of each image; called once per entry.
    /// - Throws: `ArchiveError`; `DatasetError.entryTwice`; errors of `keep`.
    package init(_ archive: Archive, keep: (_ path: String, _ bytes: Data) throws -> Item) throws {
        var items: [ExactText: Item] = [:]
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
        /// Forgets an earlier entry with the same path.
        func replace(_ path: String) throws {
            let isSkipped = if case .skipped = FileRole(path: path) { true } else { false }
            guard isSkipped || path.utf8.allSatisfy({ $0 < 0x80 }) else { throw DatasetError.entryTwice(path) }
            let key = ExactText(path)
            let wasThere = items.removeValue(forKey: key) != nil || skips.removeValue(forKey: key) != nil
                || linked.contains(key)
            if wasThere {
                duplicates.append(SkippedFile(
                    path: path, reason: "an earlier entry of the same name", group: "duplicate names"))
            }
            links.remove(path)
            linked.removeAll { $0 == key }
            unread.remove(key)
        }
        func take(_ path: String, _ bytes: Data) throws {
            let key = ExactText(path)
            if FileRole(path: path) == .unknown, ImageHead.format(of: bytes) == nil {
                let what = NotAnImage.description(of: bytes, size: bytes.count) ?? "is not an image"
                skip(path, "a file without an extension that \(what)", "without an extension")
                return
            }
            if items.updateValue(try keep(path, bytes), forKey: key) == nil { order.append(key) }
        }

        var seen: Set<ExactText> = []
        try archive.forEach { entry, read in
            try Task.checkCancellation()
            let key = ExactText(entry.path)
            if entry.kind == .folder {
                folders.insert(key)
                return
            }
            if !seen.insert(key).inserted { try replace(entry.path) }
            if case .skipped(let reason, let group) = FileRole(path: entry.path) {
                skip(entry.path, reason, group)
                if entry.kind == .file { unread.insert(key) }
                return
            }
            switch entry.kind {
            case .file: try take(entry.path, try read())
            case .link(let target):
                links.add(entry.path, target: target)
                linked.append(key)
            case .special: skip(entry.path, "a device, FIFO or socket", "special files")
            case .folder: break
            }
        }

        // Links may lead to files whose own names are not those of images.
        let wanted = Set(linked.compactMap { links.resolved($0.text).map(ExactText.init) }).intersection(unread)
        var others: [ExactText: Item] = [:]
        if !wanted.isEmpty {
            try archive.forEach { entry, read in
                let key = ExactText(entry.path)
                guard entry.kind == .file, wanted.contains(key) else { return }
                let bytes = try read()
                others[key] = ImageHead.format(of: bytes) == nil ? nil : try keep(entry.path, bytes)
            }
        }
        var seenInOrder: Set<ExactText> = []
        images = order.compactMap { key in
            guard seenInOrder.insert(key).inserted else { return nil }
            return items[key].map { (key.text, $0) }
        }
        let direct = images
        let known = folders.union(direct.flatMap { $0.path.foldersAbove.map(ExactText.init) })
        for key in linked {
            guard let target = links.resolved(key.text) else {
                skip(key.text, "a link that leads to itself", "circular links")
                continue
            }
            if let item = items[ExactText(target)] ?? others[ExactText(target)] {
                images.append((key.text, item))
                continue
            }
            let below = known.contains(ExactText(target)) ? direct.filter { $0.path.dropping(exactPrefix: target + "/") != nil } : []
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
        skipped = duplicates + skips.values.sorted { precedesByBytes($0.path, $1.path) }
    }
}
