// Writes a folder of generated images.

import Foundation
package import VisionProtocol

/// Serves `generate-pictures`: draws the pictures of a generated dataset from its seed.
package enum PictureGenerator {
    /// Draws `perLabel` images of each of the first `labels` shapes into `<folder>/<label>/<label>-NNN.jpg`.
    ///
    /// - Throws: ``VisionFailure`` for an invalid request or a folder that cannot be written, `CancellationError`.
    package static func generate(
        _ call: GeneratePicturesCall, threads: Int = 2, progress: @Sendable (PredictionProgress) -> Void = { _ in }
    ) async throws -> GeneratePicturesCall.Result {
        let shapes = ShapeLabel.allCases
        guard (2...shapes.count).contains(call.labels) else {
            throw VisionFailure(
                code: .badRequest,
                message: "generated pictures have 2 to \(shapes.count) labels, not \(call.labels)")
        }
        guard call.perLabel > 0 else {
            throw VisionFailure(code: .badRequest, message: "a label needs at least one picture")
        }
        guard call.style.size > 0 else {
            throw VisionFailure(code: .badRequest, message: "a picture is at least one pixel wide")
        }
        let labels = Array(shapes.prefix(call.labels))
        let digits = max(3, String(call.perLabel).count)
        let pictures = labels.flatMap { label in
            (1...call.perLabel).map { number in
                let written = String(number)
                let name = "\(label.rawValue)-\(String(repeating: "0", count: digits - written.count))\(written).jpg"
                return (label: label, index: number, path: "\(label.rawValue)/\(name)")
            }
        }
        do {
            for label in labels {
                try FileManager.default.createDirectory(
                    atPath: call.folder + "/" + label.rawValue, withIntermediateDirectories: true)
            }
            _ = try await parallelMap(count: pictures.count, threads: threads) { at in
                let picture = pictures[at]
                let image = ShapePictures.picture(
                    of: picture.label, index: picture.index, seed: call.seed, style: call.style)
                try ImageEncoder.jpeg(image).write(to: URL(fileURLWithPath: call.folder + "/" + picture.path))
            } progress: {
                progress(PredictionProgress(done: $0, of: pictures.count))
            }
        } catch let error as CocoaError {
            throw VisionFailure(writing: call.folder, failed: error)
        }
        return GeneratePicturesCall.Result(
            labels: labels.map(\.rawValue).sorted(), paths: pictures.map(\.path).sorted())
    }
}
