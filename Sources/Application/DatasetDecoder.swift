// Decodes the images of a dataset that no run has indexed, to find those that do not decode.

import Artifacts
import Basics
import Foundation
import Platform
import Steps
import VisionProtocol

/// Decodes images with the vision worker, as a run does when it indexes them. Results are remembered in the project's
/// state folder, if there is one, so that the run does not decode the same bytes again.
final class DatasetDecoder: Sendable {
    private let inspection: ImageInspection
    private let vision: VisionWorkerClient
    /// The folder for images of an archive, which the worker reads as files.
    private let scratch: String

    /// Starts nothing; the worker starts with the first image.
    init(_ workspace: Workspace) {
        vision = VisionWorkerClient(executable: VisionWorkerClient.executableBesideThisProgram())
        let isThere = ((try? LocalFileSystem().status(workspace.store.root)) ?? nil) != nil
        inspection = ImageInspection(
            memory: isThere ? workspace.store.memory(ImageInspection.memoryName) : nil, vision: vision)
        scratch = NSTemporaryDirectory() + "/assay-dataset-" + UUID().uuidString
    }

    /// Writes an image of an archive to a file, unless its bytes are known.
    /// - Returns: the path, also if nothing was written.
    func keep(_ bytes: Data, _ digest: Digest) throws -> String {
        let path = scratch + "/" + digest.hex
        guard try !inspection.isKnown([digest])[0] else { return path }
        try LocalFileSystem().makeFolder(scratch)
        try LocalFileSystem().replace(path, with: bytes, durable: false)
        return path
    }

    /// Why each image does not decode; `nil` for images that do.
    /// - Throws: errors of the worker, such as a missing program; `CancellationError`.
    func problems(_ images: [(digest: Digest, path: String)]) async throws -> [String?] {
        let found = try await inspection.inspect(images.map(\.digest), paths: images.map(\.path)) { call, vision in
            try await vision.call(call)
        }
        return found.images.map { if case .unreadable(let reason) = $0 { reason } else { nil } }
    }

    /// Ends the worker and removes the files.
    func finish() async {
        await vision.stop()
        try? LocalFileSystem().removeTree(scratch)
    }
}
