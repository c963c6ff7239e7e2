// The images of a dataset as a program gets them: absolute paths of upright files.

import Basics
import Execution
import Foundation
import Planning
import VisionProtocol

/// The files that a program reads for examples. A file that an orientation tag rotates is given as an upright PNG copy, as
/// networks and providers get it; all others are the dataset's own.
struct ProgramImages {
    let folder: String?
    let context: StepContext
    /// Paths of upright copies.
    private var upright: [Digest: String] = [:]

    init(folder: String?, context: StepContext) {
        self.folder = folder
        self.context = context
    }

    /// Writes upright copies of the rotated images into the step's temporary folder, and notes how many there are.
    /// - Throws: `StoreError`, `FileError`, `VisionWorkerError`.
    mutating func turnUpright(_ examples: [Example], _ vision: VisionWorkerClient) async throws {
        var open: [(digest: Digest, path: String)] = []
        var seen: Set<Digest> = []
        for example in examples where seen.insert(example.digest).inserted {
            let path = try context.imagePath(example.digest, example.path, folder: folder)
            if ImageCheck.orientation(ofFileAt: path) != 1 { open.append((example.digest, path)) }
        }
        guard !open.isEmpty else { return }
        let copies = context.temporary + "/upright"
        try FileManager.default.createDirectory(atPath: copies, withIntermediateDirectories: true)
        let call = ConvertImagesCall(paths: open.map(\.path), maxSide: nil, folder: copies, form: .png)
        let written = try await context.lanes.run(in: .vision) { try await vision.call(call) }
        for (original, image) in zip(open, written.images) { upright[original.digest] = image.path }
        context.note(
            "\(open.count) of \(seen.count) images have an orientation tag; the program gets upright PNG copies of them")
    }

    /// The path of an example's image.
    /// - Throws: `StoreError`.
    func path(of example: Example) throws -> String {
        ProgramImages.absolutePath(
            try upright[example.digest] ?? context.imagePath(example.digest, example.path, folder: folder))
    }

    /// A path that holds in every folder. Links in it stay as they are.
    static func absolutePath(_ path: String) -> String {
        path.hasPrefix("/") ? path : URL(fileURLWithPath: path).standardizedFileURL.path
    }
}
