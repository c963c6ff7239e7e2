// Plans a variant's data: fetching, indexing, splits, leak checks.

import Artifacts
import Basics
import Foundation
import Specification
import TaskKit
import VisionProtocol

extension VariantPlanner {
    mutating func planDataset() throws {
        guard let dataset = spec.dataset else { return }
        var inputs: [StepInput] = []
        let source: IndexDataset.Source
        var path: String?
        var root: String?
        switch dataset.source {
        case .generate(let generate): source = .generate(generate)
        case .archive(let reference):
            switch locate(reference, at: "dataset.archive") {
            case .url(let url)?:
                let fetch = try add(
                    "fetch-archive:dataset",
                    .fetchArchive(
                        FetchArchive(
                            url: url.absoluteString, sha256: dataset.sha256.flatMap(Digest.init(hex:)),
                            shownURL: reference.text.template)),
                    places: ["url": "dataset.archive", "sha256": "dataset.sha256"])
                inputs = [StepInput(FetchArchive.archive, from: fetch, output: FetchArchive.archive)]
                source = .fetched
            case .path(let local)?:
                path = local
                let digest = content(local, at: "dataset.archive", pinned: dataset.sha256)
                source = .archive(digest ?? Digest(of: ""))
            case nil: source = .archive(Digest(of: ""))
            }
        case .folder(let reference):
            let place = dataset.frames?.from == nil ? "dataset.folder" : "dataset.frames.from"
            path = localPath(reference, at: place)
            imageFolder = path
            source = .folder(path.flatMap { content($0, at: place) } ?? Digest(of: ""))
        case .table(let reference):
            path = localPath(reference, at: "dataset.table")
            source = .table(listed(reference, .text, "dataset.table", dataset, &path, &root))
        case .coco(let reference):
            source = .coco(listed(reference, .coco, "dataset.coco", dataset, &path, &root))
        case .voc(let reference):
            source = .voc(listed(reference, .voc, "dataset.voc", dataset, &path, &root))
        }
        // Converted images and frames are in the store, not in the image folder.
        if dataset.convert != nil || dataset.frames != nil { imageFolder = nil }
        manifest = try add(
            "index-dataset",
            .indexDataset(
                IndexDataset(
                    source: source, layout: dataset.layout, label: dataset.label,
                    skipUnreadable: dataset.skipUnreadable, convert: dataset.convert, columns: dataset.columns,
                    labels: dataset.labels, task: askedTask, frames: dataset.frames.map(IndexDataset.Frames.init), path: path,
                    root: root)),
            inputs: inputs,
            places: [
                "": "dataset", "task": "task", "source.archive": "dataset.archive", "source.folder": "dataset.folder",
                "source.table": "dataset.table", "source.coco": "dataset.coco", "source.voc": "dataset.voc",
                "source.generate": "dataset.generate", "frames": "dataset.frames",
            ])
    }

    /// The content of a table, or of annotations, and of the images that it lists.
    private mutating func listed(
        _ reference: FileReference, _ form: TableForm, _ place: String, _ dataset: DatasetSpec, _ path: inout String?,
        _ root: inout String?
    ) -> Digest {
        path = localPath(reference, at: place)
        root =
            dataset.root.flatMap { localPath($0, at: "dataset.root") }
            ?? dataset.frames?.from.flatMap { localPath($0, at: "dataset.frames.from") }
        imageFolder = root ?? path.map { form.imageRoot(of: $0) }
        return path.flatMap { path in
            content(
                path, at: place, named: Observations.name(ofTable: path, form, columns: dataset.columns, root: root))
        } ?? Digest(of: "")
    }

    /// Plans the step that creates a split.
    mutating func split(_ name: String) throws -> StepID? {
        guard let manifest, var split = spec.splits[name] else { return nil }
        // Without shuffling, the seed has no effect.
        if split.order == .name { split.seed = nil }
        return try add(
            StepID("split-dataset:\(name)"),
            .splitDataset(SplitDataset(rule: split, limit: planner.options.limit)),
            inputs: [StepInput(IndexDataset.manifest, from: manifest, output: IndexDataset.manifest)],
            places: ["rule": "splits.\(name)"])
    }

    mutating func planLeakCheck(_ name: String) throws {
        guard let manifest, let split = try split(name) else { return }
        _ = try add(
            StepID("check-leaks:\(name)"), .checkLeaks(CheckLeaks(nearDistance: 4)),
            inputs: [StepInput(IndexDataset.manifest, from: manifest, output: IndexDataset.manifest)]
                + SplitPart.allCases.map {
                    StepInput($0.rawValue, from: split, output: SplitDataset.output($0))
                },
            places: ["": "splits.\(name)"])
    }

    mutating func examples(
        _ reference: SplitReference, as name: String = "examples", role: StepInput.Role = .content
    ) throws -> StepInput? {
        guard let split = try split(reference.split) else { return nil }
        return StepInput(name, from: split, output: SplitDataset.output(reference.part), role: role)
    }

    /// The examples that a prompt contains before the question.
    mutating func shots(of prompt: PromptSpec) throws -> [StepInput] {
        guard let examples = prompt.examples else { return [] }
        return try self.examples(examples.split, as: "shots").map { [$0] } ?? []
    }
}
