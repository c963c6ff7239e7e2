// Lists the images of a dataset: labels from folders or a table, digests from bytes, sizes from the pixels.

import Artifacts
import Basics
import Execution
import Foundation
import Planning
import Platform
import Specification
import VisionProtocol

struct IndexDatasetRunner: StepRunner {
    let work: IndexDataset
    let vision: VisionWorkerClient

    /// An image that was found, with where its bytes are now.
    private struct Found: Sendable {
        var image: Planning.LabelledImage
        var digest: Digest
        var bytes: Int
        var path: String
    }

    func run(_ context: StepContext) async throws -> StepOutcome {
        let found = try await context.lanes.run(in: .local) { try await gather(context) }
        let (inspected, decoded) = try await inspect(found, context)
        var entries: [ManifestEntry] = []
        var unreadable: [(path: String, reason: String)] = []
        let stored = try await converted(found, inspected, context)
        for (index, (item, inspection)) in zip(found, inspected).enumerated() {
            switch inspection {
            case .readable(let width, let height, _, _, let hash):
                let file = stored[index] ?? Stored(digest: item.digest, bytes: item.bytes, width: width, height: height)
                entries.append(ManifestEntry(
                    path: item.image.path, label: item.image.label, part: item.image.part, digest: file.digest,
                    bytes: file.bytes, width: file.width, height: file.height, perceptualHash: hash))
            case .unreadable(let reason): unreadable.append((item.image.path, reason))
            }
        }
        guard unreadable.isEmpty || work.identity.skipUnreadable else {
            throw StepFailure.unreadableImages(unreadable)
        }
        for image in unreadable { context.note("left out \(image.path), which does not decode: \(image.reason)") }
        let manifest = DatasetManifest(entries)
        return StepOutcome(
            [IndexDataset.manifest: .data(manifest.encoded)],
            facts: [
                "images": .int(Int64(manifest.entries.count)), "labels": .int(Int64(manifest.labels.count)),
                "unreadable": .array(unreadable.map { .string($0.path) }), "decoded": .int(Int64(decoded)),
            ])
    }

    /// Size and perceptual hash of each image. Those whose bytes were looked at before are not decoded again.
    private func inspect(
        _ found: [Found], _ context: StepContext
    ) async throws -> (images: [InspectedImage], decoded: Int) {
        let memory = context.memory("inspected-\(StepKind.indexDataset.implementation)")
        var known = try memory.values(of: found.map(\.digest)).map { $0.flatMap(InspectedImage.init(record:)) }
        let open = known.indices.filter { known[$0] == nil }
        guard !open.isEmpty else { return (known.compactMap { $0 }, 0) }
        let images = try await context.lanes.run(in: .vision) {
            try await vision.call(InspectImagesCall(paths: open.map { found[$0].path })) { progress in
                context.progress(
                    Double(progress.done) / Double(max(1, progress.of)), "\(progress.done) of \(progress.of) images read")
            }
        }.images
        // That an image cannot be read may be for another reason than its bytes.
        try memory.remember(zip(open, images).compactMap { index, image in
            image.record.map { (found[index].digest, $0) }
        })
        for (index, image) in zip(open, images) { known[index] = image }
        return (known.compactMap { $0 }, open.count)
    }

    /// An image as it is kept.
    private struct Stored {
        var digest: Digest
        var bytes: Int
        var width: Int
        var height: Int
    }

    /// Stores images again where the spec wants that: those that a provider would not take as they are, or too large
    /// ones, as RGB. Images of a folder that need nothing are stored as they are.
    private func converted(
        _ found: [Found], _ inspected: [InspectedImage], _ context: StepContext
    ) async throws -> [Int: Stored] {
        guard let convert = work.identity.convert else { return [:] }
        var stored: [Int: Stored] = [:]
        var open: [Int] = []
        for (index, inspection) in inspected.enumerated() {
            guard case .readable(let width, let height, _, _, _) = inspection else { continue }
            let data = try LocalFileSystem().read(found[index].path, limit: FileSizeLimit.image)
            let isTooLarge = convert.maxSide.map { max(width, height) > $0 } ?? false
            if isTooLarge || ImageHead.whySkippedInTraining(ImageHead(of: data), bytes: data.count) != nil {
                open.append(index)
            } else {
                stored[index] = Stored(
                    digest: try context.keep(.data(data)), bytes: data.count, width: width, height: height)
            }
        }
        guard !open.isEmpty else { return stored }
        let folder = context.scratch + "/converted"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let call = ConvertImagesCall(
            paths: open.map { found[$0].path }, maxSide: convert.maxSide, folder: folder)
        let written = try await context.lanes.run(in: .vision) { try await vision.call(call) }
        for (index, image) in zip(open, written.images) {
            let bytes = Int(try LocalFileSystem().status(image.path)?.size ?? 0)
            stored[index] = Stored(
                digest: try context.keep(.file(image.path)), bytes: bytes, width: image.width, height: image.height)
        }
        context.note("\(open.count) images were stored again as RGB"
            + (convert.maxSide.map { " of at most \($0) pixels a side" } ?? ""))
        return stored
    }

    private func gather(_ context: StepContext) async throws -> [Found] {
        switch work.identity.source {
        case .fetched: try unpack(context.input(FetchArchive.archive).path, context)
        case .archive: try unpack(work.settings.path ?? "", context)
        case .folder: try list(work.settings.path ?? "", context)
        case .table: try readTable(work.settings.path ?? "", context)
        case .generate(let generate): try await draw(generate, context)
        }
    }

    /// Images of an archive go into the store, where their digests name them.
    private func unpack(_ path: String, _ context: StepContext) throws -> [Found] {
        var stored: [String: (digest: Digest, bytes: Int)] = [:]
        try Archive(path).forEach { entry, read in
            guard entry.kind == .file, isImagePath(entry.path) else { return }
            try Task.checkCancellation()
            let data = try read()
            stored[entry.path] = (try context.keep(.data(data)), data.count)
            if stored.count % 500 == 0 { context.progress(nil, "\(stored.count) images unpacked") }
        }
        return try labelled(stored.keys).compactMap { image in
            guard let (digest, bytes) = stored[image.path] else { return nil }
            return Found(
                image: image, digest: digest, bytes: bytes, path: try context.imagePath(digest, image.path, folder: nil))
        }
    }

    private func list(_ folder: String, _ context: StepContext) throws -> [Found] {
        try digest(labelled(relativePaths(below: folder)), folder: folder, context)
    }

    private func readTable(_ path: String, _ context: StepContext) throws -> [Found] {
        let folder = Platform.folder(of: path)
        let data = try LocalFileSystem().read(path)
        return try digest(
            Planning.LabelledImage.reading(table: data, label: work.identity.label), folder: folder, context)
    }

    private func digest(
        _ images: [Planning.LabelledImage], folder: String, _ context: StepContext
    ) throws -> [Found] {
        let files = try images.map { image in
            let path = folder + "/" + image.path
            guard let status = try LocalFileSystem().status(path) else { throw FileError.missing(path: path) }
            return FoundFile(path: path, status: status)
        }
        let digests = try context.digests(of: files, threads: ProcessInfo.processInfo.activeProcessorCount)
        return zip(zip(images, files), digests).map { found, file in
            Found(image: found.0, digest: file.digest, bytes: Int(file.bytes), path: found.1.path)
        }
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
        return try labelled(stored.keys).compactMap { image in
            guard let (digest, bytes) = stored[image.path] else { return nil }
            return Found(
                image: image, digest: digest, bytes: bytes, path: try context.imagePath(digest, image.path, folder: nil))
        }
    }

    private func labelled(_ paths: some Sequence<String>) throws -> [Planning.LabelledImage] {
        try work.identity.layout.images(among: paths, label: work.identity.label)
    }
}

/// The files below a folder, relative to it.
package func relativePaths(below folder: String) throws -> [String] {
    try files(below: folder).map { String($0.path.dropFirst(folder.count + 1)) }
}

extension GeneratePicturesCall {
    init(_ spec: GenerateSpec, folder: String) {
        let kind: Kind = switch spec.pictures {
        case .shapes: .shapes
        }
        self.init(
            kind: kind, labels: spec.labels, perLabel: spec.perLabel, seed: UInt64(bitPattern: Int64(spec.seed)),
            style: PictureStyle(
                size: spec.size, noise: spec.noise, rotation: spec.rotation, colorShift: spec.colorShift),
            folder: folder)
    }
}

extension InspectedImage {
    /// What is remembered of an image that could be read.
    fileprivate var record: Data? {
        guard case .readable(let width, let height, let channels, let format, let hash) = self else { return nil }
        let json: JSONValue = [
            "width": .int(Int64(width)), "height": .int(Int64(height)), "channels": .int(Int64(channels)),
            "format": .string(format.rawValue), "hash": .string(hash),
        ]
        return Data(json.canonicalBytes)
    }

    /// `nil` for a record of another form.
    fileprivate init?(record: Data) {
        guard let json = try? JSONValue(parsing: record), let width = json["width"]?.int,
            let height = json["height"]?.int, let channels = json["channels"]?.int,
            let format = json["format"]?.string.flatMap(ImageFormat.init(rawValue:)), let hash = json["hash"]?.string
        else { return nil }
        self = .readable(width: width, height: height, channels: channels, format: format, perceptualHash: hash)
    }
}
