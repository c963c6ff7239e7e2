// An image of an item after its first one: a page, the second image of a pair, a frame.

package import Basics

/// An additional image of a manifest entry or of an example. The first image is the entry itself.
package struct AdditionalImage: Hashable, Sendable, Codable {
    /// Relative to the dataset's root; for a frame, the clip's path with the number of the frame.
    package var path: String
    /// Digest of the file's bytes.
    package var digest: Digest
    /// The file's size in bytes.
    package var bytes: Int
    /// In pixels.
    package var width: Int
    /// In pixels.
    package var height: Int
    /// A 64-bit perceptual hash as 16 hex digits; `nil` in examples.
    package var perceptualHash: String?
    /// See ``ManifestEntry/traits``.
    package var traits: String?

    /// - Parameter traits: properties that affect how the pixels are read; `nil` for ordinary files.
    package init(
        path: String, digest: Digest, bytes: Int, width: Int, height: Int, perceptualHash: String? = nil, traits: String? = nil
    ) {
        self.path = path
        self.digest = digest
        self.bytes = bytes
        self.width = width
        self.height = height
        self.perceptualHash = perceptualHash
        self.traits = traits
    }

    private enum CodingKeys: String, CodingKey {
        case path, digest, bytes, width, height, traits
        case perceptualHash = "perceptual_hash"
    }
}

extension AdditionalImage {
    /// The stored form.
    var json: JSONValue {
        var members: [String: JSONValue] = [
            "path": .string(path), "digest": .string(digest.hex), "bytes": .int(Int64(bytes)), "width": .int(Int64(width)),
            "height": .int(Int64(height)),
        ]
        if let perceptualHash { members["perceptual_hash"] = .string(perceptualHash) }
        if let traits { members["traits"] = .string(traits) }
        return .object(members)
    }

    /// Reads the stored form; `nil` for any other value.
    init?(_ json: JSONValue) {
        guard let path = json["path"]?.string, let digest = json["digest"]?.string.flatMap({ Digest(hex: $0) }),
            let bytes = json["bytes"]?.int, let width = json["width"]?.int, let height = json["height"]?.int
        else { return nil }
        self.init(
            path: path, digest: digest, bytes: bytes, width: width, height: height,
            perceptualHash: json["perceptual_hash"]?.string, traits: json["traits"]?.string)
    }
}

extension Example {
    /// One example for each image, in order, for code that handles images one by one.
    package var perImage: [Example] {
        guard let more else { return [self] }
        var first = self
        first.more = nil
        return [first]
            + more.map { image in
                var example = first
                example.path = image.path
                example.digest = image.digest
                example.bytes = image.bytes
                example.width = image.width
                example.height = image.height
                example.traits = image.traits
                return example
            }
    }
}
