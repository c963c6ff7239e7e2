// How a dataset is cut into training, validation and test examples.

import Basics
package import Specification

extension SplitSpec {
    /// Deals the images of every label to the parts; the same manifest gives the same split, everywhere.
    ///
    /// The first `first` paths of a label in byte order are put in the split's order; training takes the
    /// head, validation what follows, test what follows that. Where the dataset brings its own parts,
    /// `first` counts within each of them and the counts do not matter. In each part the examples stand
    /// sorted by label and then by path, numbered from 0.
    /// - Parameter limit: at most this many examples a label from each part (`--limit`).
    /// - Throws: `SplitError`, before any part is made, with every label that is short.
    package func split(_ manifest: DatasetManifest, limit: Int? = nil) throws(SplitError) -> Split {
        var dealt: [SplitPart: [ManifestEntry]] = [:]
        var shortages: [SplitError.Shortage] = []
        var lost: [String] = []
        for entries in manifest.entriesByLabel {
            switch source {
            case .dataset:
                lost += entries.filter { $0.part == nil }.map(\.path)
                for part in SplitPart.allCases {
                    let own = ordered(entries.filter { $0.part == part }.prefix(first ?? .max))
                    dealt[part, default: []] += own.prefix(limit ?? .max)
                }
            case .counts:
                let looked = entries.prefix(first ?? .max)
                guard looked.count >= perLabel else {
                    shortages.append(.init(label: entries[0].label, have: looked.count, need: perLabel))
                    continue
                }
                var rest = ordered(looked)[...]
                for part in SplitPart.allCases {
                    dealt[part, default: []] += rest.prefix(min(count(of: part), limit ?? .max))
                    rest = rest.dropFirst(count(of: part))
                }
            }
        }
        guard shortages.isEmpty else { throw .tooFewImages(shortages) }
        guard lost.isEmpty else { throw .withoutPart(paths: lost) }
        return Split(labels: manifest.labels, dealt)
    }

    /// Images of each label in a part; 0 for all where the dataset brings its own parts.
    package func count(of part: SplitPart) -> Int {
        switch part {
        case .train: train
        case .validation: validation
        case .test: test
        }
    }

    /// Images of each label that the parts take together.
    package var perLabel: Int { train.saturatingAdding(validation).saturatingAdding(test) }

    private func ordered(_ entries: some Sequence<ManifestEntry>) -> [ManifestEntry] {
        var entries = Array(entries)
        if order == .pythonShuffle {
            var random = PythonRandom(seed: seed ?? 0)
            random.shuffle(&entries)
        }
        return entries
    }
}

extension DatasetManifest {
    /// The images of each label, which stand together.
    fileprivate var entriesByLabel: [[ManifestEntry]] {
        var groups: [[ManifestEntry]] = []
        for entry in entries {
            if groups.last?.first?.label == entry.label {
                groups[groups.count - 1].append(entry)
            } else {
                groups.append([entry])
            }
        }
        return groups
    }
}
