// Recognizes, by the first bytes, files that should be images and are not.

package import Foundation

/// Recognizes files that have an image's name but other contents.
package enum NotAnImage {
    /// Number of leading bytes that suffice.
    package static let headCount = 512

    /// Whether the bytes begin an image in an unsupported format.
    package static func isUnsupportedImage(_ start: Data) -> Bool {
        description(of: start, size: start.count)?.hasSuffix("image, which is not supported") ?? false
    }

    /// Describes the file in a phrase that follows its name: "is HTML, not an image".
    ///
    /// - Parameters:
    ///   - start: the file's first ``headCount`` bytes, or all of them.
    ///   - size: the file's length in bytes.
    /// - Returns: `nil` for a supported format and for unrecognized bytes.
    package static func description(of start: Data, size: Int) -> String? {
        if size == 0 { return "is empty (0 bytes)" }
        if ImageFormat(signature: start) != nil { return nil }
        let bytes = Array(start.prefix(headCount))
        func has(_ signature: [UInt8], at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: signature) }
        if has(Array("ftyp".utf8), at: 4) {
            switch String(decoding: bytes.dropFirst(8).prefix(4), as: UTF8.self) {
            case "avif", "avis": return "is an AVIF image, which is not supported"
            case "heic", "heix", "mif1", "msf1", "heim", "heis": return "is a HEIC image, which is not supported"
            default: return "is a video or audio file (MP4)"
            }
        }
        let named: [(name: String, signature: [UInt8], at: Int)] = [
            ("gzip data", [0x1F, 0x8B], 0), ("a zip archive", [0x50, 0x4B, 0x03, 0x04], 0),
            ("bzip2 data", Array("BZh".utf8), 0), ("xz data", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], 0),
            ("Zstandard data", [0x28, 0xB5, 0x2F, 0xFD], 0), ("a tar archive", Array("ustar".utf8), 257),
            ("a PDF document", Array("%PDF".utf8), 0), ("a PostScript document", Array("%!PS".utf8), 0),
            ("a NumPy array", [0x93, 0x4E, 0x55, 0x4D], 0), ("a Parquet table", Array("PAR1".utf8), 0),
            ("an HDF5 file", [0x89, 0x48, 0x44, 0x46], 0),
            ("a JPEG 2000 image, which is not supported", [0, 0, 0, 0x0C, 0x6A, 0x50], 0),
            ("a JPEG 2000 image, which is not supported", [0xFF, 0x4F, 0xFF, 0x51], 0),
            ("a JPEG XL image, which is not supported", [0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20], 0),
            ("a JPEG XL image, which is not supported", [0xFF, 0x0A], 0),
            ("a Photoshop file, which is not supported", Array("8BPS".utf8), 0),
            ("an icon file, which is not supported", [0, 0, 1, 0], 0),
            ("a Matroska or WebM video", [0x1A, 0x45, 0xDF, 0xA3], 0),
        ]
        if let found = named.first(where: { has($0.signature, at: $0.at) }) { return "is \(found.name)" }
        if bytes.allSatisfy({ $0 == 0 }) { return "contains only zero bytes: it was probably never downloaded completely" }
        let text = String(decoding: bytes, as: UTF8.self).trimmingPrefix { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
        if text.hasPrefix("version https://git-lfs") {
            return "is a Git LFS pointer, not the file itself ('git lfs pull' fetches it)"
        }
        if text.hasPrefix("/annex/objects/") || text.hasPrefix("../.git/annex/") || text.hasPrefix(".git/annex/") {
            return "is a git-annex pointer, not the file itself ('git annex get' fetches it)"
        }
        if text.hasPrefix("<!doctype html") || text.contains("<html") {
            return "is an HTML page, probably of a failed download"
        }
        if text.contains("<svg") { return "is an SVG drawing, which is not supported" }
        if text.hasPrefix("<?xml") { return "is an XML text, probably of a failed download" }
        if text.hasPrefix("{") || text.hasPrefix("[") { return "is a JSON text, probably of a failed download" }
        return nil
    }
}
