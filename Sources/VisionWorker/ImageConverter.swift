// Re-encodes images upright, in RGB and within a maximum size.

import Foundation
package import VisionProtocol

/// Serves `convert-images`: decodes images, turns them upright, limits their size, and encodes them again.
package enum ImageConverter {
    /// - Throws: ``VisionFailure`` for an image that does not decode or a folder that cannot be written,
    ///   `CancellationError`.
    package static func convert(
        _ call: ConvertImagesCall, threads: Int = 2, progress: @Sendable (PredictionProgress) -> Void = { _ in }
    ) async throws -> ConvertImagesCall.Result {
        let images = try await parallelMap(count: call.paths.count, threads: threads) { index in
            let image = shrunk(try ImageDecoder.decode(path: call.paths[index]), to: call.maxSide)
            let (bytes, name) = try encoded(image, as: call.form)
            let path = "\(call.folder)/\(index).\(name)"
            do {
                try bytes.write(to: URL(fileURLWithPath: path))
            } catch let error as CocoaError {
                throw VisionFailure(writing: path, failed: error)
            }
            return ConvertedImage(path: path, width: image.width, height: image.height)
        } progress: {
            progress(PredictionProgress(done: $0, of: call.paths.count))
        }
        return ConvertImagesCall.Result(images: images)
    }

    private static func encoded(_ image: RGBImage, as form: ConvertImagesCall.Form) throws -> (Data, String) {
        guard form == .png else { return (try ImageEncoder.jpeg(image), "jpg") }
        let png = try ImageEncoder.png(image)
        return png.count <= ImageHead.maxTrainingBytes ? (png, "png") : (try ImageEncoder.jpeg(image, quality: 95), "jpg")
    }

    private static func shrunk(_ image: RGBImage, to maxSide: Int?) -> RGBImage {
        let longer = max(image.width, image.height)
        guard let maxSide, longer > maxSide else { return image }
        return image.resized(
            to: ImageSize(
                width: max(1, image.width * maxSide / longer), height: max(1, image.height * maxSide / longer)))
    }
}
