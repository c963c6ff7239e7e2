// Provides a dataset's images to programs: absolute paths of upright files.

import Artifacts
import Basics
import Execution
import Foundation
import Planning
import VisionProtocol

/// The files that a program reads for examples. An image with an orientation tag is provided as an upright PNG copy,
/// as networks and providers receive it; all others are the dataset's own files.
struct ProgramImages {
    private let folder: String?
    private let context: StepContext
    /// Paths of upright copies. They are files of the store, so that their paths are the same in every epoch.
    private var upright: [Digest: String] = [:]

    /// Stores the upright copies that are missing, and notes their number.
    /// - Throws: `StoreError`, `FileError`, `VisionWorkerError`.
    init(_ examples: [Example], folder: String?, _ context: StepContext, vision: VisionWorkerClient) async throws {
        self.folder = folder
        self.context = context
        var rotated: [(digest: Digest, path: String)] = []
        var seen: Set<Digest> = []
        for example in examples.flatMap(\.perImage) where seen.insert(example.digest).inserted {
            let path = try context.imagePath(example.digest, example.path, folder: folder)
            if ImageCheck.orientation(ofFileAt: path) != 1 { rotated.append((example.digest, path)) }
        }
        guard !rotated.isEmpty else { return }
        let memory = context.memory("upright-1")
        var open: [(digest: Digest, path: String)] = []
        for (image, known) in zip(rotated, try memory.values(of: rotated.map(\.digest))) {
            let copy = known.flatMap { Digest(hex: String(decoding: $0, as: UTF8.self)) }
            if let path = copy.flatMap({ try? context.artifactPath($0) }) {
                upright[image.digest] = path
            } else {
                open.append(image)
            }
        }
        if !open.isEmpty {
            let scratch = context.temporary + "/upright"
            try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
            let call = ConvertImagesCall(paths: open.map(\.path), maxSide: nil, folder: scratch, form: .png)
            let written = try await context.lanes.run(in: .vision) { try await vision.call(call) }
            var copies: [(digest: Digest, value: Data)] = []
            for (original, image) in zip(open, written.images) {
                let copy = try context.keep(.file(image.path))
                upright[original.digest] = try context.artifactPath(copy)
                copies.append((original.digest, Data(copy.hex.utf8)))
            }
            try memory.remember(copies)
        }
        context.note(
            "\(rotated.count) of \(seen.count) images have an orientation tag; the program gets upright PNG copies of them")
    }

    /// The absolute path of an example's first image.
    /// - Throws: `StoreError`.
    func path(of example: Example) throws -> String {
        absolutePath(try upright[example.digest] ?? context.imagePath(example.digest, example.path, folder: folder))
    }

    /// The absolute paths of all images of an example, in order.
    /// - Throws: `StoreError`.
    func paths(of example: Example) throws -> [String] { try example.perImage.map(path(of:)) }
}
