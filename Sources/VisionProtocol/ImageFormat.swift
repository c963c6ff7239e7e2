// Image file formats, recognized by their first bytes.

import Foundation

/// The format of an image file. It is determined by the first bytes, never by the file's name.
package enum ImageFormat: String, Hashable, Sendable, Codable, CaseIterable {
    case jpeg, png, webp, gif, bmp, tiff

    /// The number of first bytes that decide the format.
    package static let signatureLength = 16

    /// The format with the signature that the bytes begin with; ``signatureLength`` bytes suffice.
    package init?(signature bytes: some Sequence<UInt8>) {
        let bytes = Array(bytes.prefix(ImageFormat.signatureLength))
        func has(_ signature: [UInt8], at start: Int = 0) -> Bool { bytes.dropFirst(start).starts(with: signature) }
        if has([0xFF, 0xD8, 0xFF]) {
            self = .jpeg
        } else if has([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .png
        } else if has(Array("RIFF".utf8)), has(Array("WEBP".utf8), at: 8) {
            self = .webp
        } else if has(Array("GIF87a".utf8)) || has(Array("GIF89a".utf8)) {
            self = .gif
        } else if has(Array("BM".utf8)), bytes.count < 10 || bytes[6..<10].allSatisfy({ $0 == 0 }) {
            // Text can begin with these letters too; a BMP has zeros in its two reserved fields.
            self = .bmp
        } else if has([0x49, 0x49, 0x2A, 0]) || has([0x4D, 0x4D, 0, 0x2A]) || has([0x49, 0x49, 0x2B, 0])
            || has([0x4D, 0x4D, 0, 0x2B])
        {
            self = .tiff
        } else if ImageFormat.isBareBitmap(bytes) {
            self = .bmp
        } else {
            return nil
        }
    }

    /// Whether a file begins with the second header of a BMP, as `.dib` files do: a known length of the header, one
    /// plane, and a possible number of bits.
    private static func isBareBitmap(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == signatureLength, bytes[1...3].allSatisfy({ $0 == 0 }) else { return false }
        let planes = bytes[0] == 12 ? 8 : 12
        return [12, 40, 52, 56, 64, 108, 124].contains(bytes[0]) && bytes[planes] == 1 && bytes[planes + 1] == 0
            && [1, 2, 4, 8, 16, 24, 32].contains(bytes[planes + 2]) && bytes[planes + 3] == 0
    }

    /// The format's name in messages, such as `WEBP`.
    package var name: String { rawValue.uppercased() }

    /// Whether providers accept this format in requests and in training data.
    package var isAcceptedByProviders: Bool {
        switch self {
        case .jpeg, .png, .webp: true
        case .gif, .bmp, .tiff: false
        }
    }
}
