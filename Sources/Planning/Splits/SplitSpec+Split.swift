// Divides a dataset into training, validation and test examples.

import Basics
package import Specification

extension SplitSpec {
    /// Assigns the images of each label to the parts. The same manifest gives the same split on every machine.
    ///
    /// The first `first` paths of a label, in byte order, are arranged in the split's order; training takes the head,
    /// validation the next images, and test those after them. If the dataset defines its own parts, `first` applies
    /// within each of them and the counts are ignored. The examples of each part are sorted by label and then by
    /// path, and numbered from 0.
    /// - Parameter limit: at most this many examples per label in each part (`--limit`).
    /// - Throws: `SplitError`, before any part is made, with all labels that have too few images.
    package func split(_ manifest: DatasetManifest, limit: Int? = nil) throws(SplitError) -> Split {
        if manifest.hasItems { return try splitGroups(manifest, limit: limit) }
        if manifest.entries.contains(where: { $0.group != nil }) { return try splitLabelledGroups(manifest, limit: limit) }
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
                if let shares {
                    let counts = shares.counts(of: looked.count)
                    var rest = ordered(looked)[...]
                    for part in SplitPart.allCases {
                        let count = counts[part] ?? 0
                        dealt[part, default: []] += rest.prefix(min(count, limit ?? .max))
                        rest = rest.dropFirst(count)
                    }
                    continue
                }
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

    /// Assigns the groups of each label to the parts, as items are assigned, with counts of groups. A group has one label.
    private func splitLabelledGroups(_ manifest: DatasetManifest, limit: Int?) throws(SplitError) -> Split {
        var owners: [ExactText: Set<String>] = [:]
        for entry in manifest.entries { owners[ExactText(entry.group ?? entry.path), default: []].insert(entry.label) }
        let shared = owners.filter { $0.value.count > 1 }.map(\.key.text)
        guard shared.isEmpty else { throw .groupsOfTwoLabels(shared.sortedByBytes()) }
        var dealt: [SplitPart: [ManifestEntry]] = [:]
        var shortages: [SplitError.Shortage] = []
        for entries in manifest.entriesByLabel {
            do throws(SplitError) {
                for (part, own) in try deal(entries, limit: limit) { dealt[part, default: []] += own }
            } catch {
                guard case .tooFewGroups(let have, let need) = error else { throw error }
                shortages.append(.init(label: entries[0].label, have: have, need: need, countsGroups: true))
            }
        }
        guard shortages.isEmpty else { throw .tooFewImages(shortages) }
        return Split(labels: manifest.labels, dealt)
    }

    /// Assigns groups of items to the parts; a group is never divided. Groups are taken in the order of their first
    /// paths.
    private func splitGroups(_ manifest: DatasetManifest, limit: Int?) throws(SplitError) -> Split {
        Split(labels: manifest.labels, try deal(manifest.entries, limit: limit))
    }

    /// Assigns the groups of some entries to the parts.
    private func deal(_ entries: [ManifestEntry], limit: Int?) throws(SplitError) -> [SplitPart: [ManifestEntry]] {
        func group(of entry: ManifestEntry) -> String { entry.item?.group ?? entry.group ?? entry.path }
        var places: [ExactText: Int] = [:]
        var groups: [[ManifestEntry]] = []
        for entry in entries {
            let key = ExactText(group(of: entry))
            if let place = places[key] {
                groups[place].append(entry)
            } else {
                places[key] = groups.count
                groups.append([entry])
            }
        }
        var dealt: [SplitPart: [ManifestEntry]] = [:]
        switch source {
        case .dataset:
            let lost = entries.filter { $0.part == nil }.map(\.path)
            guard lost.isEmpty else { throw .withoutPart(paths: lost) }
            let parted = groups.filter { Set($0.compactMap(\.part)).count > 1 }
            guard parted.isEmpty else { throw .partedGroups(parted.compactMap { $0.first.map(group(of:)) }) }
            for part in SplitPart.allCases {
                let own = ordered(groups.filter { $0.first?.part == part }.prefix(first ?? .max))
                dealt[part] = own.prefix(limit ?? .max).flatMap { $0 }
            }
        case .counts:
            let looked = groups.prefix(first ?? .max)
            let counts = shares?.counts(of: looked.count) ?? [.train: train, .validation: validation, .test: test]
            guard shares != nil || looked.count >= perLabel else { throw .tooFewGroups(have: looked.count, need: perLabel) }
            var rest = ordered(looked)[...]
            for part in SplitPart.allCases {
                let count = counts[part] ?? 0
                dealt[part] = rest.prefix(min(count, limit ?? .max)).flatMap { $0 }
                rest = rest.dropFirst(count)
            }
        }
        return dealt
    }

    /// The number of images per label in a part; 0 for percentages and for parts that the dataset defines.
    package func count(of part: SplitPart) -> Int {
        switch part {
        case .train: train
        case .validation: validation
        case .test: test
        }
    }

    /// The number of images per label that all parts need together.
    package var perLabel: Int { train.saturatingAdding(validation).saturatingAdding(test) }

    private func ordered<Entry>(_ entries: some Sequence<Entry>) -> [Entry] {
        var entries = Array(entries)
        if order == .pythonShuffle {
            var random = PythonRandom(seed: seed ?? 0)
            random.shuffle(&entries)
        }
        return entries
    }
}

extension SplitSpec.Shares {
    /// Divides `total` by the shares. The ends of the parts are rounded, so that shares of 100% together use
    /// everything.
    package func counts(of total: Int) -> [SplitPart: Int] {
        var counts: [SplitPart: Int] = [:]
        var share = 0.0, taken = 0
        for (part, own) in [(SplitPart.train, train), (.validation, validation), (.test, test)] {
            share += own
            let end = min(total, Int((share * Double(total)).rounded()))
            counts[part] = max(0, end - taken)
            taken = max(taken, end)
        }
        return counts
    }
}

extension DatasetManifest {
    /// The images of each label, which are adjacent in `entries`.
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
