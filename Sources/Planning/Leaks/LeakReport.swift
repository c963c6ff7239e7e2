// Whether images of one part of a split stand in another too, which would flatter the model.

import Basics
package import Specification

/// Two images in different parts of a split that are one.
package struct LeakedPair: Hashable, Sendable, Codable {
    package struct Side: Hashable, Sendable, Codable {
        package var part: SplitPart
        package var path: String
        package var label: String
    }

    /// The image in the part that is trained on or chosen by, and the one in the part that measures.
    package var first: Side
    package var second: Side
    /// Bits in which the perceptual hashes differ; `nil` when the bytes are equal.
    package var distance: Int?
}

/// What a check of a split found.
package struct LeakReport: Hashable, Sendable, Codable {
    /// Images with equal bytes, sorted.
    package var identical: [LeakedPair]
    /// Images that look alike, sorted.
    package var similar: [LeakedPair]
    /// Images that had no perceptual hash and were compared by their bytes alone.
    package var unhashed: Int

    /// Compares every image of each part with those of the other parts: train with validation and test,
    /// validation with test.
    /// - Parameter nearDistance: hashes that differ in at most this many of their 64 bits belong to one
    ///   picture, scaled or compressed anew.
    package init(_ split: Split, of manifest: DatasetManifest, nearDistance: Int) {
        var hashes: [String: UInt64] = [:]
        for entry in manifest.entries {
            hashes[entry.path] = entry.perceptualHash.flatMap { UInt64($0, radix: 16) }
        }
        identical = []
        similar = []
        unhashed = 0
        for part in SplitPart.allCases {
            unhashed += split[part].examples.count { hashes[$0.path] == nil }
        }
        let pairs: [(SplitPart, SplitPart)] = [(.train, .validation), (.train, .test), (.validation, .test)]
        for (a, b) in pairs {
            let known = Dictionary(grouping: split[a].examples, by: \.digest)
            // Two arrays side by side, because millions of pairs are compared.
            let hashed = split[a].examples.compactMap { example in hashes[example.path].map { (example, $0) } }
            let bits = hashed.map(\.1)
            for example in split[b].examples {
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
