// Prepares images in the form that a provider receives: upright, and in a format that it accepts.

import Basics
import Execution
import Foundation
import Planning
import ProviderKit
import VisionProtocol

/// The files for the examples in requests and training lines. An upright JPEG, PNG or WEBP is sent byte for byte;
/// every other image is rotated upright and sent as a PNG.
struct SentImages {
    private let folder: String?
    private let context: StepContext
    /// The replacement for each file, by the digest of the original.
    private let replaced: [Digest: ImageFile]
    /// The images that are not sent byte for byte, each with the reason.
    let changed: [ImageFinding]

    /// Writes the replacement images into the step's scratch folder.
    ///
    /// - Throws: `StoreError`, `VisionWorkerError`, `FileError`.
    init(_ examples: [Example], folder: String?, _ context: StepContext, vision: VisionWorkerClient) async throws {
        var changed: [ImageFinding] = []
        var open: [(digest: Digest, path: String)] = []
        var seen: Set<Digest> = []
        let images = examples.flatMap(\.perImage)
        for example in images {
            let image = try context.image(example, folder: folder)
            guard let reason = try ImageCheck.whyNotSentAsIs(image) else { continue }
            changed.append(ImageFinding(path: example.path, reason: reason))
            if seen.insert(example.digest).inserted { open.append((example.digest, image.path)) }
        }
        var replaced: [Digest: ImageFile] = [:]
        if !open.isEmpty {
            let scratch = context.scratch + "/sent"
            try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
            let call = ConvertImagesCall(paths: open.map(\.path), maxSide: nil, folder: scratch, form: .png)
            let written = try await context.lanes.run(in: .vision) { try await vision.call(call) }
            for (original, image) in zip(open, written.images) {
                let bytes = try FileManager.default.attributesOfItem(atPath: image.path)[.size] as? Int ?? 0
                // Keeps the original's digest, because the same image is the same request, however its PNG is
                // compressed.
                replaced[original.digest] = ImageFile(
                    path: image.path, digest: Digest(of: "upright " + original.digest.hex), bytes: bytes)
            }
            context.note(
                "\(changed.count) of \(images.count) images are sent as upright PNG instead of their own bytes: "
                    + changed.text)
        }
        self.folder = folder
        self.context = context
        self.replaced = replaced
        self.changed = changed
    }

    /// The files to send for an example, in order.
    func images(_ example: Example) throws -> [ImageFile] {
        try example.perImage.map { try replaced[$0.digest] ?? context.image($0, folder: folder) }
    }

    /// The replaced images with their reasons, for the step's facts.
    var sentAsPNG: [String] { changed.map { "\($0.path) \($0.reason)" } }
}
