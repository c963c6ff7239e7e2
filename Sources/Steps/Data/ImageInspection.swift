// Decodes images once and stores the findings by digest.

package import Artifacts
package import Basics
import Foundation
package import VisionProtocol

/// Inspects images with the vision worker. Images whose bytes were inspected before are not decoded again.
package struct ImageInspection: Sendable {
    /// The name of the index, with the version of its contents.
    package static let memoryName: StaticString = "inspected-2"

    private let memory: DigestMemory?
    private let vision: VisionWorkerClient

    /// - Parameters:
    ///   - memory: remembers the results; `nil` decodes every image.
    ///   - vision: the worker that decodes; starts with the first image that is not known.
    package init(memory: DigestMemory?, vision: VisionWorkerClient) {
        self.memory = memory
        self.vision = vision
    }

    /// Whether the bytes were inspected before, in the order of the digests.
    package func isKnown(_ digests: [Digest]) throws -> [Bool] { try known(digests).map { $0 != nil } }

    private func known(_ digests: [Digest]) throws -> [InspectedImage?] {
        try memory?.values(of: digests).map { $0.flatMap(InspectedImage.init(record:)) }
            ?? [InspectedImage?](repeating: nil, count: digests.count)
    }

    /// The properties of each image, and the number of images that had to be decoded.
    /// - Parameters:
    ///   - paths: the files, in the order of `digests`; only those of unknown digests are read.
    ///   - perform: calls the worker, for example within a lane.
    /// - Throws: errors of the worker and of the store. An image that does not decode is a result.
    package func inspect(
        _ digests: [Digest], paths: [String],
        perform: (_ call: InspectImagesCall, _ vision: VisionWorkerClient) async throws -> InspectImagesCall.Result
    ) async throws -> (images: [InspectedImage], decoded: Int) {
        var known = try self.known(digests)
        let open = known.indices.filter { known[$0] == nil }
        guard !open.isEmpty else { return (known.compactMap { $0 }, 0) }
        let images = try await perform(InspectImagesCall(paths: open.map { paths[$0] }), vision).images
        // An image may be unreadable for a reason other than its bytes, so failures are not remembered.
        try memory?.remember(
            zip(open, images).compactMap { index, image in
                image.record.map { (digests[index], $0) }
            })
        for (index, image) in zip(open, images) { known[index] = image }
        return (known.compactMap { $0 }, open.count)
    }
}

extension InspectedImage {
    /// The stored form of an inspection; `nil` if the image was unreadable.
    fileprivate var record: Data? {
        guard case .readable(let width, let height, let channels, let format, let hash, let traits) = self else {
            return nil
        }
        let json: JSONValue = [
            "width": .int(Int64(width)), "height": .int(Int64(height)), "channels": .int(Int64(channels)),
            "format": .string(format.rawValue), "hash": .string(hash), "traits": traits.map { .string($0) } ?? .null,
        ]
        return Data(json.canonicalBytes)
    }

    /// Decodes the stored form; `nil` for a record in another format.
    fileprivate init?(record: Data) {
        guard let json = try? JSONValue(parsing: record), let width = json["width"]?.int,
            let height = json["height"]?.int, let channels = json["channels"]?.int,
            let format = json["format"]?.string.flatMap(ImageFormat.init(rawValue:)), let hash = json["hash"]?.string
        else { return nil }
        self = .readable(
            width: width, height: height, channels: channels, format: format, perceptualHash: hash,
            traits: json["traits"]?.string)
    }
}
