// Checks local data before anything runs: names, file headers, and the errors that a run would find.

import Artifacts
package import Basics
import Foundation
package import Planning
import Platform
package import Specification
import Statistics
import Steps
import TaskKit
import Tasks
import VisionProtocol

/// The state of a spec's dataset as far as it is known without running anything.
package struct LocalDatasetCheck {
    /// `nil` if the data is not local or cannot be listed.
    package var overview: DatasetOverview?
    /// The manifest from names and headers; its digests are those of the contents only if these were read.
    package var manifest: DatasetManifest?
    /// Errors and warnings, located in the spec or the table.
    package var diagnostics: [Diagnostic] = []
    /// Whether every image was decoded; otherwise names, sizes, and the first and last bytes were read.
    package var isDecoded = false

    /// An empty result, for a spec without a dataset.
    package init() {}

    /// Bytes that contain the header of nearly every image, and of images with much metadata before it.
    private static let headBytes = (typical: 4096, max: 1 << 20)

    /// Checks the data of a spec by names, sizes, and the first and last bytes of files.
    package static func run(_ loaded: LoadedSpec, limit: Int? = nil) async -> LocalDatasetCheck {
        await run(loaded, limit: limit, digests: nil, decoder: nil)
    }

    /// Checks the data of a spec.
    /// - Parameters:
    ///   - digests: reads all bytes through this cache, so that identical images are found; `nil` reads headers only.
    ///   - decoder: decodes every image whose digest is known; `nil` decodes none.
    static func run(
        _ loaded: LoadedSpec, limit: Int?, digests: StatCache?, decoder: DatasetDecoder?
    ) async -> LocalDatasetCheck {
        var check = LocalDatasetCheck()
        guard let dataset = loaded.spec.dataset else { return check }
        do {
            try await check.read(dataset, loaded, digests, decoder)
        } catch let failure as DatasetFailure {
            check.diagnostics.append(failure.diagnostic(at: loaded.range(of: dataset.place)))
        } catch let error as DatasetError {
            check.diagnostics.append(DatasetFailure(error).diagnostic(at: loaded.range(of: dataset.place)))
        } catch let diagnostic as Diagnostic {
            check.diagnostics.append(diagnostic.placed(at: loaded.range(of: dataset.place)))
        } catch {
            let advice = (error as? any AdvisedError)?.hint
            check.diagnostics.append(
                Diagnostic(
                    code: "bad-dataset", "\(error)", at: loaded.range(of: dataset.place), hint: advice))
        }
        if dataset.frames != nil { check.checkPrograms(loaded) }
        if let manifest = check.manifest { check.checkSplits(manifest, loaded, limit) }
        check.checkMatches(loaded)
        return check
    }

    // MARK: Reading

    private struct Entry: Sendable {
        var image: Planning.LabelledImage
        var bytes: Int
        var head: ImageHead?
        var digest: Digest?
        /// Why it is not an image, as text that follows the path.
        var problem: String?
        /// The file with the bytes.
        var file: String?
        /// Why the file may be cut off, as text that follows the path.
        var doubt: String?
    }

    private mutating func read(
        _ dataset: DatasetSpec, _ loaded: LoadedSpec, _ digests: StatCache?, _ decoder: DatasetDecoder?
    ) async throws {
        let rules = LocalDatasetCheck.rules(dataset, loaded)
        func local(_ reference: FileReference) -> String? { LocalDatasetCheck.local(reference, loaded) }
        switch dataset.source {
        case .generate: return
        case .folder(let reference):
            guard let path = local(reference), isThere(path, reference, dataset, loaded) else { return }
            let found = try entries(of: DatasetListing.folder(path, rules), digests, isOfClips: rules.frames != nil)
            try await finish(found, rules, loaded, decoder)
        case .table(let reference):
            guard let path = local(reference), isThere(path, reference, dataset, loaded) else { return }
            try await list(path, .text, rules, dataset, loaded, digests, decoder, local)
        case .coco(let reference):
            guard let path = local(reference), isThere(path, reference, dataset, loaded) else { return }
            try await list(path, .coco, rules, dataset, loaded, digests, decoder, local)
        case .voc(let reference):
            guard let path = local(reference), isThere(path, reference, dataset, loaded) else { return }
            try await list(path, .voc, rules, dataset, loaded, digests, decoder, local)
        case .archive(let reference):
            guard let path = local(reference), isThere(path, reference, dataset, loaded) else { return }
            let images = try ArchiveImages<ArchivedImage>(Archive(path)) { _, bytes in
                let digest = digests == nil ? nil : Digest(of: bytes)
                return ArchivedImage(
                    bytes: bytes.count, start: Data(bytes.prefix(LocalDatasetCheck.headBytes.max)),
                    end: Data(bytes.suffix(ImageEnd.count)), digest: digest,
                    file: try digest.flatMap { try decoder?.keep(bytes, $0) })
            }
            if let warning = images.endWarning {
                diagnostics.append(
                    Diagnostic(
                        .warning, code: warning.code, warning.message, at: loaded.range(of: dataset.place), hint: warning.hint))
            }
            var items: [ExactText: ArchivedImage] = [:]
            for (path, item) in images.images { items[ExactText(path)] = item }
            let (labelled, lost) = try dataset.layout.labelled(
                images.images.map(\.path), unused: images.skipped.compactMap(\.unused), label: dataset.label)
            var entries = labelled.compactMap { image -> Entry? in
                guard let item = items[ExactText(image.path)] else { return nil }
                return LocalDatasetCheck.entry(image, item.bytes, item.start, item.end, item.digest, item.file)
            }
            var skipped = images.skipped
            if let selection = dataset.labels {
                let (kept, excluded) = try selection.chosen(of: entries, alsoKnown: lost.map(\.name)) { $0.image.label }
                entries = kept
                skipped += excluded.map { SkippedFile(excluded: $0.image) }
            }
            let missing = lost.filter { dataset.labels?.includes($0.name) ?? true }
            guard missing.isEmpty else { throw DatasetError.labelsWithoutImages(missing) }
            try await finish((entries, skipped, []), rules, loaded, decoder)
        }
    }

    /// The rules for listing the dataset. Unlike those of a run's data steps, they include the options that affect only the
    /// score, so rows that such an option excludes are errors.
    private static func rules(_ dataset: DatasetSpec, _ loaded: LoadedSpec) -> IndexDataset.Identity {
        IndexDataset(
            source: .folder(Digest(of: "")), layout: dataset.layout, label: dataset.label,
            skipUnreadable: dataset.skipUnreadable, convert: dataset.convert, columns: dataset.columns,
            labels: dataset.labels, task: loaded.spec.task, frames: dataset.frames.map(IndexDataset.Frames.init), path: nil
        ).identity
    }

    /// The path of a file on this machine; `nil` for a URL.
    private static func local(_ reference: FileReference, _ loaded: LoadedSpec) -> String? {
        guard case .path(let path)? = try? reference.location(in: loaded.environment) else { return nil }
        return path
    }

    /// The error for rows of a local table that the task's score excludes, which no step of a run would notice: data steps do
    /// not depend on options that affect only the score. Reads the table only if the spec sets such an option.
    package static func unscorableRows(_ loaded: LoadedSpec) async throws -> Diagnostic? {
        guard let dataset = loaded.spec.dataset, case .table(let reference) = dataset.source,
            let choice = loaded.spec.task, choice != choice.asked(by: loaded.task.map { type(of: $0) }),
            let path = local(reference, loaded)
        else { return nil }
        let content = try await TableFile.content(path, .text)
        let root = (dataset.root ?? dataset.frames?.from).flatMap { local($0, loaded) }
        do {
            _ = try DatasetListing.table(path, content, root: root, rules(dataset, loaded), .standard)
            return nil
        } catch let failure as DatasetFailure {
            return failure.diagnostic(at: loaded.range(of: dataset.place))
        }
    }

    private mutating func list(
        _ path: String, _ form: TableForm, _ rules: IndexDataset.Identity, _ dataset: DatasetSpec, _ loaded: LoadedSpec,
        _ digests: StatCache?, _ decoder: DatasetDecoder?, _ local: (FileReference) -> String?
    ) async throws {
        let root = (dataset.root ?? dataset.frames?.from).flatMap(local)
        let listing = try DatasetListing.table(path, try await TableFile.content(path, form), root: root, rules, .standard)
        let found = try entries(of: listing, digests, isOfClips: rules.frames != nil)
        try await finish(found, rules, loaded, decoder, isTable: true)
    }

    /// Whether the data exists. Missing data is a warning, as it may be added later; an unexpanded `~` is an error.
    private mutating func isThere(
        _ path: String, _ reference: FileReference, _ dataset: DatasetSpec, _ loaded: LoadedSpec
    ) -> Bool {
        if ((try? LocalFileSystem().status(path)) ?? nil) != nil { return true }
        let range = loaded.range(of: dataset.place)
        if reference.text.template.hasPrefix("~") {
            diagnostics.append(
                Diagnostic(
                    code: "missing-file", "'\(path)' does not exist", at: range,
                    hint: "'~/' is only expanded at the beginning of a path: check the rest, or write the path in full"))
        } else {
            diagnostics.append(
                Diagnostic(
                    .warning, code: "missing-file", "'\(path)' does not exist or cannot be read", at: range,
                    hint: path.hasPrefix("/") ? nil : "paths are relative to the file that names them"))
        }
        return false
    }

    /// An image of an archive.
    private struct ArchivedImage: Sendable {
        var bytes: Int
        var start: Data
        var end: Data
        var digest: Digest?
        /// The file that the bytes were written to, to be decoded.
        var file: String?
    }

    private func entries(
        of listing: DatasetListing, _ digests: StatCache?, isOfClips: Bool = false
    ) throws -> (entries: [Entry], skipped: [SkippedFile], unreadable: [SkippedFile]) {
        let images = listing.images
        var entries = threadedMap(count: images.count, atLeast: 64) { index -> Entry in
            let image = images[index]
            let bytes = Int(image.status?.size ?? 0)
            if let problem = image.problem {
                return Entry(image: image.image, bytes: bytes, head: nil, digest: nil, problem: problem)
            }
            if isOfClips { return Entry(image: image.image, bytes: bytes, head: nil, digest: nil, problem: nil) }
            let ends = try? FileEnds(of: image.file, first: LocalDatasetCheck.headBytes.typical, last: ImageEnd.count)
            guard var start = ends?.first, let end = ends?.last else {
                return Entry(image: image.image, bytes: bytes, head: nil, digest: nil, problem: "cannot be read")
            }
            if ImageHead(of: start) == nil, ImageHead.format(of: start) != nil, bytes > start.count,
                let more = try? firstBytes(of: image.file, LocalDatasetCheck.headBytes.max)
            {
                start = more
            }
            var entry = LocalDatasetCheck.entry(image.image, bytes, start, end, nil, image.file)
            // An item needs all of its images.
            for (path, file) in zip(image.image.more ?? [], image.more) where entry.problem == nil {
                let ends = try? FileEnds(of: file.file, first: LocalDatasetCheck.headBytes.typical, last: ImageEnd.count)
                entry.problem =
                    (file.problem
                    ?? LocalDatasetCheck.entry(
                        image.image, Int(file.status?.size ?? 0), ends?.first ?? Data(), ends?.last ?? Data(), nil, file.file
                    ).problem)
                    .map { "needs '\(path)', which \($0)" }
            }
            return entry
        }
        if let digests {
            let readable = entries.indices.filter { entries[$0].problem == nil && images[$0].status != nil }
            let files = readable.compactMap { index in
                images[index].status.map { FoundFile(path: images[index].file, status: $0) }
            }
            let found = try digests.digests(of: files, threads: ProcessInfo.processInfo.activeProcessorCount)
            for (index, result) in zip(readable, found) { entries[index].digest = try? result.get().digest }
        }
        return (entries, listing.skipped, listing.unreadable)
    }

    private static func entry(
        _ image: Planning.LabelledImage, _ bytes: Int, _ start: Data, _ end: Data, _ digest: Digest?, _ file: String?
    ) -> Entry {
        let format = ImageHead.format(of: start)
        return Entry(
            image: image, bytes: bytes, head: ImageHead(of: start), digest: digest,
            problem: format != nil ? nil : NotAnImage.description(of: start, size: bytes) ?? "is not an image", file: file,
            doubt: format.flatMap { ImageEnd.problem($0, start: start, end: end, size: bytes) })
    }

    /// Finds the images that do not decode.
    /// - Returns: the warning about what could not be checked; `nil` if every image was decoded.
    private mutating func decode(_ entries: inout [Entry], _ decoder: DatasetDecoder?) async throws -> DatasetOverview.Warning? {
        if let decoder {
            let open = entries.indices.filter { entries[$0].problem == nil && entries[$0].digest != nil }
            do {
                let problems = try await decoder.problems(
                    open.map { (entries[$0].digest ?? Digest(of: ""), entries[$0].file ?? "") })
                for (index, problem) in zip(open, problems) { entries[index].problem = problem }
                isDecoded = true
                return nil
            } catch is CancellationError {
                throw CancellationError()
            } catch {
                return DatasetOverview.Warning(
                    code: "not-decoded", message: "the images were not decoded: \(error)",
                    hint: "truncated and damaged files count as images until a run decodes them")
            }
        }
        let doubtful = entries.filter { $0.problem == nil && $0.doubt != nil }
        guard !doubtful.isEmpty else { return nil }
        let list = doubtful.prefix(5).map { "\($0.image.path) \($0.doubt ?? "")" }.joined(separator: "; ")
        return DatasetOverview.Warning(
            code: "maybe-cut-off",
            message: "\(doubtful.count) \(doubtful.count == 1 ? "image" : "images") may be truncated: \(list)"
                + (doubtful.count > 5 ? "; and \(doubtful.count - 5) more" : ""),
            hint: "'assay dataset' decodes every image and lists those that cannot be read")
    }

    private mutating func finish(
        _ found: (entries: [Entry], skipped: [SkippedFile], unreadable: [SkippedFile]), _ rules: IndexDataset.Identity,
        _ loaded: LoadedSpec, _ decoder: DatasetDecoder?, isTable: Bool = false
    ) async throws {
        var found = found
        let uncertain = try await decode(&found.entries, decoder)
        let unreadable =
            found.unreadable
            + found.entries.compactMap { entry in
                entry.problem.map { SkippedFile(unreadable: entry.image.path, reason: $0) }
            }
        var images = found.entries.filter { $0.problem == nil }
        var skipped = found.skipped + unreadable
        // Items have no labels that could be lost.
        let lost =
            rules.task != nil
            ? []
            : DatasetError.LostLabel.lost(
                found.entries.compactMap { entry in entry.problem.map { (entry.image, $0) } }, kept: images.map(\.image))
        if let selection = rules.labels {
            let (frequent, excluded) = try selection.frequent(of: images) { $0.image.label }
            images = frequent
            skipped += excluded.map { SkippedFile(tooFew: $0.image.path, label: $0.image.label) }
        }
        let vocabulary = loaded.task.map { $0.vocabulary(of: images.compactMap { $0.image.item?.reference }) }
        let manifest = DatasetManifest(
            images.map { entry in
                ManifestEntry(
                    path: entry.image.path, label: entry.image.label, part: entry.image.part,
                    digest: entry.digest ?? Digest(of: ""), bytes: entry.bytes, width: entry.head?.width ?? 0,
                    height: entry.head?.height ?? 0, format: entry.head?.format.rawValue,
                    orientation: entry.head.flatMap { $0.orientation == 1 ? nil : $0.orientation }, group: entry.image.group,
                    item: entry.image.item)
            }, vocabulary: vocabulary)
        let checked = images.map {
            DatasetFindings.Image(path: $0.image.path, label: $0.image.label, part: $0.image.part, digest: $0.digest)
        }
        let labels = manifest.labels
        let prompts = loaded.spec.askedPrompts
        let missing = DatasetFindings.variableWarnings(
            loaded.optionalVariables(in: prompts), given: images.compactMap(\.image.item), prompts: prompts)
        let warnings =
            (rules.task != nil
                ? []
                : DatasetFindings.warnings(
                    checked, skipped: found.skipped, layout: isTable ? nil : rules.layout))
            + DatasetFindings.separatorWarnings(labels, prompts: prompts) + (uncertain.map { [$0] } ?? [])
        overview = DatasetOverview(manifest, skipped: skipped, warnings: warnings)
        let range = loaded.spec.dataset.flatMap { loaded.range(of: $0.place) }
        diagnostics += (warnings + missing).map {
            Diagnostic(.warning, code: $0.code, $0.message, at: range, hint: $0.hint)
        }
        guard unreadable.isEmpty || rules.skipUnreadable else {
            throw Diagnostic(
                code: "unreadable-images",
                "\(unreadable.count) \(unreadable.count == 1 ? "file cannot be read as an image" : "files cannot be read as images"): "
                    + unreadable.prefix(20).map { "\($0.path) \($0.reason)" }.joined(separator: "; ")
                    + (unreadable.count > 20 ? "; and \(unreadable.count - 20) more" : ""),
                hint: "correct or remove them; 'skip_unreadable: true' in the dataset continues without them")
        }
        guard lost.isEmpty else { throw DatasetError.labelsWithoutImages(lost) }
        if rules.task == nil { try DatasetFindings.requireLabels(checked) }
        self.manifest = manifest
    }

    /// Warns if a program that extracts frames is missing here; the run may be elsewhere.
    private mutating func checkPrograms(_ loaded: LoadedSpec) {
        for program in ["ffmpeg", "ffprobe"] where ChildProcess.find(program, in: nil) == nil {
            diagnostics.append(
                Diagnostic(
                    .warning, code: "missing-program", "\(ClipError.missingProgram(program))",
                    at: loaded.range(of: "dataset.frames")))
        }
    }

    // MARK: Matching

    /// Checks whether each evaluation's matching keeps the labels distinct. For unknown labels, checks only the
    /// aliases.
    private mutating func checkMatches(_ loaded: LoadedSpec) {
        for (name, evaluation) in loaded.spec.evaluations {
            let conflicts =
                manifest.map { evaluation.match.conflicts(labels: $0.labels) }
                ?? evaluation.match.conflictsOfAliases
            let place = loaded.range(of: "evaluations.\(name).match") ?? loaded.range(of: "evaluations.\(name)")
            diagnostics += conflicts.map { Diagnostic(code: MatchConflict.code, $0.text, at: place) }
        }
    }

    // MARK: Splits

    /// Checks that the splits can be made, and that the parts that are read have images of every label.
    mutating func checkSplits(_ manifest: DatasetManifest, _ loaded: LoadedSpec, _ limit: Int?) {
        let spec = loaded.spec
        for (name, rule) in spec.splits {
            let split: Split
            do {
                split = try rule.split(manifest, limit: limit)
            } catch {
                diagnostics.append(
                    Diagnostic(
                        code: "split-too-large", "\(error)", at: loaded.range(of: "splits.\(name)"), hint: error.hint))
                continue
            }
            let filled = SplitPart.allCases.filter { !split[$0].examples.isEmpty }.map { "'\($0.rawValue)'" }
                .joined(separator: " and ")
            var checked: Set<SplitPart> = []
            for (evaluation, place, part) in spec.partsRead(of: name) {
                let partName = "\(name).\(part.rawValue)"
                if split[part].examples.isEmpty {
                    diagnostics.append(
                        Diagnostic(
                            code: "empty-split", "'\(partName)' has no images, and '\(evaluation)' reads it",
                            at: loaded.range(of: place),
                            hint: rule.source == .dataset
                                ? "the dataset has images for \(filled); name one of these, or add a folder or rows"
                                : "its percentage of so few images rounds to 0: increase it, or add images"))
                } else if checked.insert(part).inserted,
                    let warning = DatasetFindings.absentLabels(in: partName, split[part])
                {
                    diagnostics.append(
                        Diagnostic(.warning, code: warning.code, warning.message, at: loaded.range(of: place), hint: warning.hint)
                    )
                }
            }
        }
    }
}

extension LoadedSpec {
    /// The variables that the prompts contain and that optional columns of the task provide: the table may lack
    /// them. A missing required column is an error.
    func optionalVariables(in prompts: [(name: String, prompt: PromptSpec)]) -> [String] {
        let used = prompts.reduce(into: Set<String>()) { $0.formUnion($1.prompt.variableNames) }
        return task.map { type(of: $0).columns.filter { $0.isVariable && !$0.isRequired && used.contains($0.role) }.map(\.role) }
            ?? []
    }
}

extension DatasetSpec {
    /// The position of the source in the spec.
    var place: String {
        switch source {
        case .archive: "dataset.archive"
        case .folder: frames?.from == nil ? "dataset.folder" : "dataset.frames.from"
        case .table: "dataset.table"
        case .coco: "dataset.coco"
        case .voc: "dataset.voc"
        case .generate: "dataset.generate"
        }
    }
}

extension ExperimentSpec {
    /// The prompts used by an evaluation or training, by name.
    package var askedPrompts: [(name: String, prompt: PromptSpec)] {
        var names = Set(
            evaluations.values.flatMap { evaluation in
                evaluation.models.values.compactMap { $0.ask.flatMap { requests[$0.request]?.prompt } }
            })
        for case .fineTuned(let tuned) in models.values { names.insert(tuned.fineTune.data.prompt) }
        return prompts.filter { names.contains($0.0) }.map { (name: $0.0, prompt: $0.1) }
    }

    /// The parts of a split that evaluations and trainings read, with their positions in the spec.
    func partsRead(of split: String) -> [(reader: String, place: String, part: SplitPart)] {
        var parts: [(reader: String, place: String, part: SplitPart)] = []
        for (name, evaluation) in evaluations {
            if evaluation.split.split == split {
                parts.append((name, "evaluations.\(name).split", evaluation.split.part))
            }
            for (model, asked) in evaluation.models {
                guard let own = asked.split, own.split == split else { continue }
                parts.append((name, "evaluations.\(name).models.\(model).split", own.part))
            }
        }
        for (name, model) in models {
            switch model {
            case .trained(let train) where train.data.split == split:
                parts.append((name, "models.\(name).train.data.split", .train))
            case .programTrained(let train) where train.data.split == split:
                parts.append((name, "models.\(name).train.data.split", .train))
            case .probe(let probe) where probe.data.split == split:
                parts.append((name, "models.\(name).probe.data.split", .train))
            case .fineTuned(let tuned) where tuned.fineTune.data.split == split:
                parts.append((name, "models.\(name).fine_tune.data.split", .train))
            default: break
            }
        }
        return parts
    }
}

extension Diagnostic {
    /// The diagnostic with this position, unless it already has one.
    fileprivate func placed(at range: SourceRange?) -> Diagnostic {
        var copy = self
        if copy.range == nil { copy.range = range }
        return copy
    }
}
