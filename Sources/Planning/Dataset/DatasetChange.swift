// Which images of a dataset are not what they were when it was last indexed.

package import Basics

/// An image that was added, removed or changed.
package struct DatasetChange: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable {
        case added, removed, changed
        /// The same bytes under another label or in another part.
        case relabelled = "label changed"
    }

    package var path: String
    package var kind: Kind

    package init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// The changes from an index to what is there now, by path.
    /// - Parameters:
    ///   - unreadable: images that were left out of the index because they did not decode.
    ///   - digests: of the images that are there now, by path.
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
