// Finds the images of a dataset that differ from those of an earlier index.

package import Basics

/// An image that was added, removed or changed.
package struct DatasetChange: Hashable, Sendable {
    /// The kinds of change; the raw values are words for messages.
    package enum Kind: String, Hashable, Sendable {
        case added, removed, changed
        /// The same bytes with another label or in another part.
        case relabelled = "label changed"
    }

    /// Relative to the dataset's root.
    package var path: String
    /// The kind of change.
    package var kind: Kind

    /// - Parameter path: relative to the dataset's root.
    package init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// The differences between an index and the current images, sorted by path.
    /// - Parameters:
    ///   - unreadable: images that were skipped because they did not decode.
    ///   - digests: digests of the current images, by path.
    package static func between(
        _ old: DatasetManifest, unreadable: Set<String>, _ now: [LabelledImage], digests: [String: Digest]
    ) -> [DatasetChange] {
        var before = Dictionary(old.entries.map { ($0.path, $0) }, uniquingKeysWith: { first, _ in first })
        var changes: [DatasetChange] = []
        for image in now {
            guard let entry = before.removeValue(forKey: image.path) else {
                if !unreadable.contains(image.path) { changes.append(.init(path: image.path, kind: .added)) }
                continue
            }
            if entry.digest != digests[image.path] {
                changes.append(.init(path: image.path, kind: .changed))
            } else if entry.label != image.label || entry.part != image.part {
                changes.append(.init(path: image.path, kind: .relabelled))
            }
        }
        changes += before.keys.map { .init(path: $0, kind: .removed) }
        return changes.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }
}
