// Indexes the images of a dataset: labels from folders or a table, digests of the bytes, sizes of the pixels.

import Artifacts
import Basics
import Execution
import Foundation
import Planning
import Platform
import Specification
import TaskKit
import VisionProtocol

struct IndexDatasetRunner: StepRunner {
    let work: IndexDataset
    let vision: VisionWorkerClient
    let tasks: TaskRegistry

    /// An image that was found, with the current path of its bytes.
    private struct Found: Sendable {
        var image: Planning.LabelledImage
        var digest: Digest
        var bytes: Int
        var path: String
        /// Further images of the same item.
        var more: [AdditionalFile] = []

        /// All images, one by one.
        var all: [Found] {
            [Found(image: image, digest: digest, bytes: bytes, path: path)]
                + more.map { file in
                    var image = image
                    image.path = file.name
                    return Found(image: image, digest: file.digest, bytes: file.bytes, path: file.path)
                }
        }
    }

    /// A further image of an item.
    private struct AdditionalFile: Sendable {
        /// Relative to the dataset's root.
        var name: String
        var digest: Digest
        var bytes: Int
        var path: String
    }

    /// The files of a dataset before their pixels are read.
    private struct UndecodedDataset: Sendable {
        var found: [Found]
        var skipped: [SkippedFile]
        /// Images that cannot be read, and folders that cannot be listed.
        var unreadable: [SkippedFile] = []
        /// Unreadable images with the labels that they would have.
        var unread: [(image: Planning.LabelledImage, reason: String)] = []
        /// A warning about the archive as a whole.
        var endWarning: DatasetOverview.Warning?
    }

    func run(_ context: StepContext) async throws -> StepOutcome {
        do {
            return try await index(context)
        } catch let failure as DatasetFailure {
            throw failure.diagnostic(at: context.step.parts.compactMap(\.place).first)
        } catch let error as DatasetError {
            throw DatasetFailure(error).diagnostic(at: context.step.parts.compactMap(\.place).first)
        }
    }

    private func index(_ context: StepContext) async throws -> StepOutcome {
        let identity = work.identity
        var gathered = try await gather(context)
        if let frames = identity.frames { try await takeFrames(frames, &gathered, context) }
        let items = gathered.found
        let found = items.flatMap(\.all)
        let (inspected, decoded) = try await inspect(found, context)
        var entries: [ManifestEntry] = []
        let (stored, conversion) = try await converted(found, inspected, context)
        if work.identity.convert == nil { noteRotated(inspected, context) }
        // The first image of an item is its entry; the others are added to it.
        var isAdditional: [Bool] = [], isLost = false
        for item in items { isAdditional += [false] + item.more.map { _ in true } }
        for (index, (item, inspection)) in zip(found, inspected).enumerated() {
            if !isAdditional[index] { isLost = false }
            if isAdditional[index], isLost { continue }
            switch inspection {
            case .readable(let width, let height, _, let format, let hash, let traits):
                let file =
                    stored[index]
                    ?? Stored(
                        digest: item.digest, bytes: item.bytes, width: width, height: height, format: format.rawValue,
                        orientation: ImageCheck.orientation(ofFileAt: item.path), traits: traits)
                if isAdditional[index] {
                    entries[entries.count - 1].more =
                        (entries[entries.count - 1].more ?? []) + [
                            AdditionalImage(
                                path: item.image.path, digest: file.digest, bytes: file.bytes, width: file.width,
                                height: file.height, perceptualHash: hash, traits: file.traits)
                        ]
                    continue
                }
                entries.append(
                    ManifestEntry(
                        path: item.image.path, label: item.image.label, part: item.image.part, digest: file.digest,
                        bytes: file.bytes, width: file.width, height: file.height, perceptualHash: hash,
                        format: file.format, orientation: file.orientation == 1 ? nil : file.orientation,
                        traits: file.traits, group: item.image.group, item: item.image.item))
            case .unreadable(let reason):
                // The worker's reason is a phrase that continues the file's name.
                gathered.unreadable.append(SkippedFile(unreadable: item.image.path, reason: reason))
                gathered.unread.append((item.image, reason))
                // An item needs all of its images.
                if isAdditional[index], !entries.isEmpty { entries.removeLast() }
                isLost = true
            }
        }
        let unreadable = gathered.unreadable.sorted { precedesByBytes($0.path, $1.path) }
        guard unreadable.isEmpty || identity.skipUnreadable else {
            throw StepFailure.unreadableImages(unreadable.map { ($0.path, $0.reason) })
        }
        let task = try identity.task.map { try tasks.task($0) }
        let lost =
            task != nil
            ? []
            : DatasetError.LostLabel.lost(
                gathered.unread, kept: entries.map { Planning.LabelledImage(path: $0.path, label: $0.label, part: $0.part) })
        guard lost.isEmpty else { throw DatasetError.labelsWithoutImages(lost) }
        if let selection = identity.labels {
            let (kept, excluded) = try selection.frequent(of: entries, label: \.label)
            entries = kept
            gathered.skipped += excluded.map { SkippedFile(tooFew: $0.path, label: $0.label) }
        }
        let manifest = DatasetManifest(
            entries, vocabulary: task.map { $0.vocabulary(of: entries.compactMap { $0.item?.reference }) })
        if task == nil { try DatasetFindings.requireLabels(manifest.findingImages) }
        guard !entries.isEmpty else { throw DatasetError.noImages }
        let isFoldered =
            switch identity.source {
            case .table, .coco, .voc: false
            case .fetched, .archive, .folder, .generate: true
            }
        var overview = DatasetOverview(
            manifest, skipped: gathered.skipped + unreadable,
            warnings: task == nil
                ? DatasetFindings.warnings(
                    manifest.findingImages, skipped: gathered.skipped, layout: isFoldered ? identity.layout : nil) : [])
        if let warning = gathered.endWarning { overview.warnings.append(warning) }
        overview.conversion = conversion
        context.note(overview.summary)
        var facts = IndexDatasetFacts()
        facts.images = manifest.entries.count
        facts.labels = manifest.labels.count
        facts.summary = overview.summary
        facts.skipped = overview.skipped.count
        facts.unreadable = unreadable.map(\.path)
        facts.decoded = decoded
        return StepOutcome(
            [
                IndexDataset.manifest: .data(manifest.encoded),
                IndexDataset.overview: .data(Data(try JSONValue(encoding: overview).canonical.utf8)),
            ],
            facts: facts)
    }

    /// Notes how many images have an orientation tag; every model sees them upright.
    private func noteRotated(_ inspected: [InspectedImage], _ context: StepContext) {
        let rotated = inspected.count { image in
            if case .readable(_, _, _, _, _, let traits?) = image { traits.contains("orientation") } else { false }
        }
        guard rotated > 0 else { return }
        context.note(
            "\(rotated) of \(inspected.count) images have an orientation tag; all models get upright images")
    }

    /// The size and perceptual hash of each image. Images whose bytes were inspected before are not decoded again.
    private func inspect(
        _ found: [Found], _ context: StepContext
    ) async throws -> (images: [InspectedImage], decoded: Int) {
        let inspection = ImageInspection(memory: context.memory(ImageInspection.memoryName), vision: vision)
        return try await inspection.inspect(found.map(\.digest), paths: found.map(\.path)) { call, vision in
            try await context.lanes.run(in: .vision) {
                try await vision.call(call) { progress in
                    context.progress(
                        Double(progress.done) / Double(max(1, progress.of)), "\(progress.done) of \(progress.of) images read")
                }
            }
        }
    }

    /// An image in the form in which it is kept.
    private struct Stored {
        var digest: Digest
        var bytes: Int
        var width: Int
        var height: Int
        var format: String
        var orientation: Int
        var traits: String?
    }

    /// Stores images again, upright and in RGB, if the spec requests it: images in a form that a provider would not
    /// accept, rotated images, and images that are too large. All others are stored unchanged.
    private func converted(
        _ found: [Found], _ inspected: [InspectedImage], _ context: StepContext
    ) async throws -> (images: [Int: Stored], conversion: String?) {
        guard let convert = work.identity.convert else { return ([:], nil) }
        var stored: [Int: Stored] = [:]
        var open: [Int] = []
        var rotated = 0
        for (index, inspection) in inspected.enumerated() {
            guard case .readable(let width, let height, _, let format, _, let traits) = inspection else { continue }
            let data = try LocalFileSystem().read(found[index].path, limit: FileSizeLimit.image)
            let isTooLarge = convert.maxSide.map { max(width, height) > $0 } ?? false
            let head = ImageHead(of: data)
            if isTooLarge || head?.orientation ?? 1 != 1
                || ImageHead.trainingSkipReason(head, bytes: data.count) != nil
            {
                open.append(index)
                rotated += head?.orientation ?? 1 == 1 ? 0 : 1
            } else {
                stored[index] = Stored(
                    digest: try context.keep(.data(data)), bytes: data.count, width: width, height: height,
                    format: format.rawValue, orientation: head?.orientation ?? 1, traits: traits)
            }
        }
        guard !open.isEmpty else { return (stored, nil) }
        let folder = context.scratch + "/converted"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let call = ConvertImagesCall(
            paths: open.map { found[$0].path }, maxSide: convert.maxSide, folder: folder, form: .jpeg)
        let written = try await context.lanes.run(in: .vision) { try await vision.call(call) }
        for (index, image) in zip(open, written.images) {
            let bytes = Int(try LocalFileSystem().status(image.path)?.size ?? 0)
            stored[index] = Stored(
                digest: try context.keep(.file(image.path)), bytes: bytes, width: image.width, height: image.height,
                format: ImageFormat.jpeg.rawValue, orientation: 1, traits: nil)
        }
        let conversion =
            "\(open.count) of \(found.count) images were converted to RGB"
            + (convert.maxSide.map { " with at most \($0) pixels per side" } ?? "")
            + (rotated == 0 ? "" : ", \(rotated) of them rotated according to their orientation tag")
        context.note(conversion)
        return (stored, conversion)
    }

    private func gather(_ context: StepContext) async throws -> UndecodedDataset {
        let path = work.settings.path ?? ""
        switch work.identity.source {
        case .fetched:
            return try await context.lanes.run(in: .local) {
                try unpack(context.input(FetchArchive.archive).path, context)
            }
        case .archive: return try await context.lanes.run(in: .local) { try unpack(path, context) }
        case .folder:
            return try await context.lanes.run(in: .local) {
                try digest(DatasetListing.folder(path, work.identity), context)
            }
        case .table: return try await listed(path, .text, context)
        case .coco: return try await listed(path, .coco, context)
        case .voc: return try await listed(path, .voc, context)
        case .generate(let generate):
            let drawn = try await context.lanes.run(in: .local) { try await draw(generate, context) }
            return try select(drawn, skipped: [], lost: [])
        }
    }

    private func listed(_ path: String, _ form: TableForm, _ context: StepContext) async throws -> UndecodedDataset {
        let content: TableContent
        do { content = try await TableFile.content(path, form) } catch let error as ParquetError {
            throw Diagnostic(code: "bad-dataset", "\(error)", hint: error.hint)
        }
        return try await context.lanes.run(in: .local) {
            try digest(DatasetListing.table(path, content, root: work.settings.root, work.identity, tasks), context)
        }
    }

    /// Replaces each clip by its frames, which are stored. The frames of a clip that was read before are remembered by
    /// its content.
    private func takeFrames(
        _ frames: IndexDataset.Frames, _ gathered: inout UndecodedDataset, _ context: StepContext
    ) async throws {
        let memory = context.memory("frames-1")
        func name(_ clip: Found) -> Digest { Digest(of: "\(clip.digest.hex) \(frames.count)") }
        let known = try memory.values(of: gathered.found.map(name))
        var found: [Found] = []
        for (place, clip) in gathered.found.enumerated() {
            var files: [(digest: Digest, bytes: Int)] = []
            for word in known[place].map({ String(decoding: $0, as: UTF8.self).split(separator: " ") }) ?? [] {
                let parts = word.split(separator: ":")
                guard parts.count == 2, let digest = Digest(hex: String(parts[0])), let bytes = Int(parts[1]),
                    (try? context.artifactPath(digest)) != nil
                else { continue }
                files.append((digest, bytes))
            }
            if files.count != frames.count {
                context.progress(
                    Double(place) / Double(gathered.found.count), "frames of \(place) of \(gathered.found.count) clips")
                do throws(ClipError) {
                    files = try await ClipFrames.extract(clip.path, count: frames.count, context)
                } catch {
                    try Task.checkCancellation()
                    guard case .unreadable(let reason) = error else { throw StepFailure.clips(error) }
                    gathered.unreadable.append(SkippedFile(unreadable: clip.image.path, reason: reason))
                    gathered.unread.append((clip.image, reason))
                    continue
                }
                try memory.remember([
                    (name(clip), Data(files.map { "\($0.digest.hex):\($0.bytes)" }.joined(separator: " ").utf8))
                ])
            }
            var item = clip
            item.digest = files[0].digest
            item.bytes = files[0].bytes
            item.path = try context.artifactPath(files[0].digest)
            item.more = try files.dropFirst().enumerated().map { place, file in
                AdditionalFile(
                    name: "\(clip.image.path)#\(place + 2)", digest: file.digest, bytes: file.bytes,
                    path: try context.artifactPath(file.digest))
            }
            found.append(item)
        }
        gathered.found = found
        if !found.isEmpty {
            context.note("\(frames.count) \(frames.count == 1 ? "frame" : "frames") of each of \(found.count) clips")
        }
    }

    /// Stores the images of an archive, named by their digests.
    private func unpack(_ path: String, _ context: StepContext) throws -> UndecodedDataset {
        var count = 0
        let unpacked = try ArchiveImages<(digest: Digest, bytes: Int)>(Archive(path)) { _, bytes in
            count += 1
            if count % 500 == 0 { context.progress(nil, "\(count) images unpacked") }
            return (try context.keep(.data(bytes)), bytes.count)
        }
        var items: [ExactText: (digest: Digest, bytes: Int)] = [:]
        for (path, item) in unpacked.images { items[ExactText(path)] = item }
        let (labelled, lost) = try work.identity.layout.labelled(
            unpacked.images.map(\.path), unused: unpacked.skipped.compactMap(\.unused), label: work.identity.label)
        let found = try labelled.compactMap { image -> Found? in
            guard let item = items[ExactText(image.path)] else { return nil }
            return Found(
                image: image, digest: item.digest, bytes: item.bytes,
                path: try context.imagePath(item.digest, image.path, folder: nil))
        }
        var gathered = try select(found, skipped: unpacked.skipped, lost: lost)
        gathered.endWarning = unpacked.endWarning
        return gathered
    }

    /// Excludes the labels that the spec excludes.
    private func select(
        _ found: [Found], skipped: [SkippedFile], lost: [DatasetError.LostLabel]
    ) throws(DatasetError) -> UndecodedDataset {
        let selection = work.identity.labels
        let missing = lost.filter { selection?.includes($0.name) ?? true }
        guard missing.isEmpty else { throw .labelsWithoutImages(missing) }
        guard let selection else { return UndecodedDataset(found: found, skipped: skipped) }
        let (kept, excluded) = try selection.chosen(of: found, alsoKnown: lost.map(\.name)) { $0.image.label }
        return UndecodedDataset(found: kept, skipped: skipped + excluded.map { SkippedFile(excluded: $0.image) })
    }

    private func digest(_ listing: DatasetListing, _ context: StepContext) throws -> UndecodedDataset {
        var gathered = UndecodedDataset(found: [], skipped: listing.skipped, unreadable: listing.unreadable)
        var readable: [(image: ListedImage, files: [FoundFile])] = []
        for image in listing.images {
            let all = [ListedFile(file: image.file, status: image.status, problem: image.problem)] + image.more
            let files = all.compactMap { file in
                file.problem == nil ? file.status.map { FoundFile(path: file.file, status: $0) } : nil
            }
            if files.count == all.count {
                readable.append((image, files))
            } else {
                for (path, file) in zip([image.image.path] + (image.image.more ?? []), all)
                where file.problem != nil || file.status == nil {
                    let reason = file.problem ?? "cannot be read"
                    gathered.unreadable.append(SkippedFile(unreadable: path, reason: reason))
                    gathered.unread.append((image.image, reason))
                }
            }
        }
        var digests = try context.digests(
            of: readable.flatMap(\.files), threads: ProcessInfo.processInfo.activeProcessorCount)[...]
        gathered.found = readable.map { image, files in
            let own = digests.prefix(files.count)
            digests = digests.dropFirst(files.count)
            let all = zip([image.image.path] + (image.image.more ?? []), zip(files, own)).map { name, file in
                AdditionalFile(name: name, digest: file.1.digest, bytes: Int(file.1.bytes), path: file.0.path)
            }
            return Found(
                image: image.image, digest: all[0].digest, bytes: all[0].bytes, path: all[0].path, more: Array(all.dropFirst()))
        }
        return gathered
    }

    private func draw(_ generate: GenerateSpec, _ context: StepContext) async throws -> [Found] {
        let folder = context.scratch + "/pictures"
        let drawn = try await vision.call(GeneratePicturesCall(generate, folder: folder)) { progress in
            context.progress(Double(progress.done) / Double(max(1, progress.of)), "\(progress.done) pictures drawn")
        }
        var stored: [String: (digest: Digest, bytes: Int)] = [:]
        for path in drawn.paths {
            let size = try LocalFileSystem().status(folder + "/" + path)?.size ?? 0
            stored[path] = (try context.keep(.file(folder + "/" + path)), Int(size))
        }
        return try work.identity.layout.labelled(Array(stored.keys), label: work.identity.label).compactMap { image in
            guard let (digest, bytes) = stored[image.path] else { return nil }
            return Found(
                image: image, digest: digest, bytes: bytes, path: try context.imagePath(digest, image.path, folder: nil))
        }
    }
}

extension GeneratePicturesCall {
    init(_ spec: GenerateSpec, folder: String) {
        let kind: Kind =
            switch spec.pictures {
            case .shapes: .shapes
            }
        self.init(
            kind: kind, labels: spec.labels, perLabel: spec.perLabel, seed: UInt64(bitPattern: Int64(spec.seed)),
            style: PictureStyle(
                size: spec.size, noise: spec.noise, rotation: spec.rotation, colorShift: spec.colorShift),
            folder: folder)
    }
}
