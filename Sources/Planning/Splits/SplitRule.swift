// How a dataset is cut into training, validation and test examples.

import Basics

/// A rule that gives the same split for the same manifest, everywhere.
package struct SplitRule: Hashable, Sendable {
    /// The order in which a label's images are dealt to the parts.
    package enum Order: Hashable, Sendable {
        /// By path.
        case name
        /// Python's `random.Random(seed).shuffle` of the paths, afresh for each label.
        case pythonShuffle(seed: Int)
        /// A shuffle of ours from the seed and the label, so that a new label leaves the others as they are.
        case seeded(seed: Int)
    }

    /// The number of a label's images in each part.
    package var counts: [SplitPart: Int]
    /// Only this many images of a label are looked at, the first by path; `nil` for all.
    package var first: Int?
    package var order: Order
    /// Keeps the parts that the dataset itself gives; counts then are upper bounds a label, not demands.
    package var usesDatasetParts: Bool

    package init(counts: [SplitPart: Int], first: Int? = nil, order: Order = .name, usesDatasetParts: Bool = false) {
        self.counts = counts
        self.first = first
        self.order = order
        self.usesDatasetParts = usesDatasetParts
    }
}

/// Why a split cannot be made.
package enum SplitError: Error, Hashable, Sendable {
    /// A label with fewer images than the rule deals out.
    package struct Shortage: Hashable, Sendable {
        package var label: String
        package var have: Int
        package var need: Int

        package init(label: String, have: Int, need: Int) {
            self.label = label
            self.have = have
            self.need = need
        }
    }

    /// Every label that has too few images, sorted.
    case tooFewImages([Shortage])
    /// The rule keeps the dataset's parts, and these images have none.
    case withoutPart(paths: [String])
}

extension SplitError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .tooFewImages(let shortages):
            shortages.prefix(3).map { "'\($0.label)' has \($0.have) images, the split needs \($0.need)" }
                .joined(separator: "; ") + (shortages.count > 3 ? "; and \(shortages.count - 3) more labels" : "")
        case .withoutPart(let paths):
            "the dataset puts \(paths.count) images in no part, the first is \(paths.first ?? "")"
        }
    }
}

extension SplitRule {
    /// Deals the images of every label to the parts.
    ///
    /// The first `first` paths of a label in byte order are put in the rule's order; training takes the
    /// head, validation what follows, test what follows that. In each part the examples stand sorted by
    /// label and then by path, numbered from 0.
    /// - Parameter limit: at most this many examples a label from each part (`--limit`).
    /// - Throws: `SplitError`.
    package func split(_ manifest: DatasetManifest, limit: Int? = nil) throws(SplitError) -> Split {
        var dealt: [SplitPart: [ManifestEntry]] = [:]
        var shortages: [SplitError.Shortage] = []
        for slice in manifest.entries.chunkedByLabel() {
            if usesDatasetParts {
                let lost = slice.filter { $0.part == nil }.map(\.path)
                guard lost.isEmpty else { throw .withoutPart(paths: lost) }
                for part in SplitPart.allCases {
                    let own = ordered(slice.filter { $0.part == part }.prefix(first ?? .max))
                    dealt[part, default: []] += own.prefix(min(counts[part] ?? .max, limit ?? .max))
                }
                continue
            }
            let looked = Array(slice.prefix(first ?? .max))
            let need = SplitPart.allCases.reduce(0) { $0 + (counts[$1] ?? 0) }
            guard looked.count >= need else {
                shortages.append(.init(label: slice[slice.startIndex].label, have: looked.count, need: need))
                continue
            }
            var rest = ordered(looked)[...]
            for part in SplitPart.allCases {
                let count = counts[part] ?? 0
                dealt[part, default: []] += rest.prefix(min(count, limit ?? .max))
                rest = rest.dropFirst(count)
            }
        }
        guard shortages.isEmpty else { throw .tooFewImages(shortages) }
        return Split(labels: manifest.labels, dealt)
    }

    private func ordered(_ entries: some Sequence<ManifestEntry>) -> [ManifestEntry] {
        var entries = Array(entries)
        switch order {
        case .name: break
        case .pythonShuffle(let seed):
            var random = PythonRandom(seed: seed)
            random.shuffle(&entries)
        case .seeded(let seed):
            let label = entries.first?.label ?? ""
            var random = SeededRandom(seed: UInt64(Digest(of: "\(seed) \(label)").short, radix: 16) ?? 0)
            // Spelled out, because the standard library's shuffle may change and a split may not.
            for i in stride(from: entries.count - 1, to: 0, by: -1) {
                entries.swapAt(i, Int(random.next() % UInt64(i + 1)))
            }
        }
        return entries
    }
}

extension [ManifestEntry] {
    /// Runs of equal labels.
    fileprivate func chunkedByLabel() -> [ArraySlice<ManifestEntry>] {
        var chunks: [ArraySlice<ManifestEntry>] = []
        var start = 0
        for index in indices.dropFirst() where self[index].label != self[start].label {
            chunks.append(self[start..<index])
            start = index
        }
        if start < count { chunks.append(self[start...]) }
        return chunks
    }
}
