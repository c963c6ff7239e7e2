// Inspects image files: size, format, perceptual hash, or why they do not decode.

package import VisionProtocol

/// Serves `inspect-images`: decodes images completely, so that damage anywhere in a file is found.
package enum ImageInspector {
    /// Inspects every path on `threads` threads; reports progress about every hundred images.
    ///
    /// - Throws: `CancellationError`. An image that does not decode is a result, not an error.
    package static func inspect(
        _ call: InspectImagesCall, threads: Int = 2, progress: @Sendable (PredictionProgress) -> Void = { _ in }
    ) async throws -> InspectImagesCall.Result {
        let paths = call.paths
        let images = try await parallelMap(count: paths.count, threads: threads) {
            inspect(paths[$0])
        } progress: {
            progress(PredictionProgress(done: $0, of: paths.count))
        }
        return InspectImagesCall.Result(images: images)
    }

    private static func inspect(_ path: String) -> InspectedImage {
        do {
            let decoded = try ImageDecoder.inspect(ImageDecoder.read(path), name: path)
            return .readable(
                width: decoded.image.width, height: decoded.image.height, channels: decoded.channels,
                format: decoded.format, perceptualHash: PerceptualHash(of: decoded.image).hex, traits: decoded.traits)
        } catch let error as ImageError {
            return .unreadable(reason: error.reason)
        } catch {
            return .unreadable(reason: "\(error)")
        }
    }
}
