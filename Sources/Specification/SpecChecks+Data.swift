// Checks the dataset, splits, and the parts that are read.

import Basics
import TaskKit

extension SpecChecks {
    /// The number of images per label; `nil` when the spec does not state it.
    var imagesPerLabel: Int? {
        guard let dataset = spec.dataset else { return nil }
        if case .generate(let generate) = dataset.source { return generate.perLabel }
        return dataset.expect?.perLabel
    }

    /// The number of labels; `nil` when the spec does not state it.
    var labelCount: Int? {
        if case .generate(let generate)? = spec.dataset?.source { return generate.labels }
        return labels?.count
    }

    func checkDataset() {
        checkFrames()
        guard root["dataset"] == nil, root["models"] != nil || root["evaluations"] != nil else { return }
        reading.report(.needsDataset, at: keyPlace(root["models"] == nil ? "evaluations" : "models"))
    }

    /// Whether the numbers of a split count groups, so that they are lower bounds for numbers of images.
    var countsGroups: Bool {
        spec.task != nil || spec.dataset?.frames?.groupBefore != nil || spec.dataset?.columns?.group != nil
    }

    /// The images of each item that the spec determines: the frames of a clip, else 1.
    var imagesPerItem: Int { spec.dataset?.frames?.count ?? 1 }

    /// Checks whether frames fit the source of the dataset and the models.
    private func checkFrames() {
        guard let dataset = spec.dataset, let frames = dataset.frames else { return }
        func conflict(_ message: String, _ hint: String, at path: String...) {
            reading.report(.inconsistentDataset(message, hint: hint), at: place(["dataset"] + path))
        }
        switch dataset.source {
        case .table:
            if dataset.root != nil, frames.from != nil {
                conflict("'root' and 'from' both specify the folder of the clips", "remove 'root'", at: "frames", "from")
            }
        case .folder:
            if root.node(at: "dataset.folder") != nil, frames.from != nil {
                conflict("'folder' and 'from' both specify the folder of the clips", "remove 'from'", at: "frames", "from")
            } else if task != nil {
                reading.report(
                    .unsupportedByTask(
                        "the folders of clips as labels", task: spec.task?.name ?? "",
                        hint: "list the clips and their references in a table: 'table: clips.csv'"),
                    at: place(["dataset", "frames"]))
            }
        case .archive, .generate, .coco, .voc:
            conflict(
                "frames are taken from the clips of a folder or of a table",
                "unpack the clips, and name their folder: 'frames: { from: clips, count: \(frames.count) }'", at: "frames")
        }
        guard frames.count > 1 else { return }
        for model in spec.models.values {
            guard case .trained = model else { continue }
            conflict(
                "a built-in network takes one image, but 'frames' extracts \(frames.count) from each clip",
                "use 'count: 1', a hosted model, fine-tuning, or a program", at: "frames", "count")
            break
        }
    }

    func check(_ split: SplitSpec, _ name: String) {
        guard split.source == .counts else {
            switch spec.dataset?.source {
            case .table, nil: break
            case .coco, .voc, .generate: report(.partlessDataset(split: name), at: "splits", name, "from")
            case .archive, .folder:
                if spec.dataset?.layout.hasParts != true {
                    report(.partlessDataset(split: name), at: "splits", name, "from")
                }
            }
            return
        }
        if let shares = split.shares {
            if split.train + split.validation + split.test > 0 { return report(.mixedSplit, at: "splits", name) }
            let sum = shares.train + shares.validation + shares.test
            if sum == 0 { report(.emptySplit(name), at: "splits", name) }
            if sum > 1 + 1e-9 { report(.splitAboveWhole(percent: 100 * sum), at: "splits", name) }
            if split.order == .pythonShuffle, split.seed == nil { report(.missingSeed, at: "splits", name, "order") }
            return
        }
        let sum = split.train.saturatingAdding(split.validation).saturatingAdding(split.test)
        if sum == 0 { report(.emptySplit(name), at: "splits", name) }
        if let first = split.first, sum > first {
            report(.splitTooLarge(needed: sum, available: first, of: "'first' keeps only"), at: "splits", name, "first")
        } else if let images = imagesPerLabel, sum > images {
            report(.splitTooLarge(needed: sum, available: images, of: "there are only"), at: "splits", name)
        }
        if split.order == .pythonShuffle, split.seed == nil { report(.missingSeed, at: "splits", name, "order") }
    }

    /// The number of images per label in a part; `nil` when it depends on the data.
    func size(_ part: SplitReference) -> Int? {
        guard let split = spec.splits[part.split], split.source == .counts else { return nil }
        if let shares = split.shares {
            let share =
                switch part.part {
                case .train: shares.train
                case .validation: shares.validation
                case .test: shares.test
                }
            // The number depends on the data, except that a share of 0 is always empty.
            return share == 0 ? 0 : nil
        }
        return switch part.part {
        case .train: split.train
        case .validation: split.validation
        case .test: split.test
        }
    }

    func requirePart(_ part: SplitReference, at path: [String]) {
        let known = names(of: "split")
        guard known.contains(part.split) else {
            reading.report(
                .unknownReference(
                    kind: "split", name: part.split, nearest: nearest(to: part.split, known), known: known),
                at: place(path))
            return
        }
        guard size(part) == 0 else { return }
        reading.report(
            .emptyPart(part), at: place(path),
            notes: keyPlace("splits", part.split).map { [.init(.definedHere(part.split), at: $0)] } ?? [])
    }
}
