// Finds images that occur in two parts of a split, which would make the model look better than it is.

import Basics
package import Specification

/// Two images in different parts of a split that show the same picture.
package struct LeakedPair: Hashable, Sendable, Codable {
    /// One of the two images.
    package struct Side: Hashable, Sendable, Codable {
        /// The part of the split that contains the image.
        package var part: SplitPart
        /// Relative to the dataset's root.
        package var path: String
        /// The image's label; the two labels of a pair may differ.
        package var label: String
    }

    /// The image in the earlier part, which is used for training or selection. `second` is in the part that measures.
    package var first: Side
    /// The image in the later part.
    package var second: Side
    /// The number of differing bits of the perceptual hashes; `nil` when the bytes are equal.
    package var distance: Int?
}

/// The result of a leak check.
package struct LeakReport: Hashable, Sendable, Codable {
    /// Images with equal bytes, sorted.
    package var identical: [LeakedPair]
    /// Images with similar perceptual hashes, sorted.
    package var similar: [LeakedPair]
    /// The number of images without a perceptual hash, which were compared only by their bytes.
    package var unhashed: Int

    /// Compares the images of all parts pairwise: train with validation and test, validation with test.
    /// - Parameter nearDistance: hashes that differ in at most this many of their 64 bits count as the same picture,
    /// scaled or recompressed.
    package init(_ split: Split, of manifest: DatasetManifest, nearDistance: Int) {
        var hashes: [String: UInt64] = [:]
        for entry in manifest.entries {
            hashes[entry.path] = entry.perceptualHash.flatMap { UInt64($0, radix: 16) }
            for image in entry.more ?? [] { hashes[image.path] = image.perceptualHash.flatMap { UInt64($0, radix: 16) } }
        }
        func images(_ part: SplitPart) -> [Example] { split[part].examples.flatMap(\.perImage) }
        identical = []
        similar = []
        unhashed = 0
        for part in SplitPart.allCases {
            unhashed += images(part).count { hashes[$0.path] == nil }
        }
        let pairs: [(SplitPart, SplitPart)] = [(.train, .validation), (.train, .test), (.validation, .test)]
        for (a, b) in pairs {
            let known = Dictionary(grouping: images(a), by: \.digest)
            // Two parallel arrays, because millions of pairs are compared.
            let hashed = images(a).compactMap { example in hashes[example.path].map { (example, $0) } }
            let bits = hashed.map(\.1)
            for example in images(b) {
                let second = LeakedPair.Side(example, in: b)
                for twin in known[example.digest] ?? [] {
                    identical.append(LeakedPair(first: .init(twin, in: a), second: second, distance: nil))
                }
                guard let hash = hashes[example.path] else { continue }
                for index in bits.indices {
                    let distance = (bits[index] ^ hash).nonzeroBitCount
                    guard distance <= nearDistance, hashed[index].0.digest != example.digest else { continue }
                    similar.append(
                        LeakedPair(first: .init(hashed[index].0, in: a), second: second, distance: distance))
                }
            }
        }
    }
}

extension LeakedPair.Side {
    fileprivate init(_ example: Example, in part: SplitPart) {
        self.init(part: part, path: example.path, label: example.label)
    }
}
