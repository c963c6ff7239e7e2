// What a file is that should be an image and is none, by its first bytes.

package import Foundation

/// Recognizes files that carry an image's name and hold something else.
package enum NotAnImage {
    /// Bytes of a file's beginning that suffice.
    package static let headCount = 512

    /// What the file is, as the rest of a sentence that begins with its name: "is HTML, not an image".
    ///
    /// - Parameters:
    ///   - start: the file's first ``headCount`` bytes, or all of them.
    ///   - size: the file's length.
    /// - Returns: `nil` for a format that is read, and for bytes that are not recognized.
    package static func description(of start: Data, size: Int) -> String? {
        if size == 0 { return "is empty" }
        if ImageFormat(signature: start) != nil { return nil }
        let bytes = Array(start.prefix(headCount))
        func has(_ signature: [UInt8], at offset: Int = 0) -> Bool { bytes.dropFirst(offset).starts(with: signature) }
        func has(_ signature: String, at offset: Int = 0) -> Bool { has(Array(signature.utf8), at: offset) }
        if has("version https://git-lfs.github.com/spec/") { return "is a Git LFS pointer, not an image: run 'git lfs pull'" }
        if has("/annex/objects/") || has("../.git/annex/") || has(".git/annex/") {
            return "is a git-annex pointer, not an image: run 'git annex get'"
        }
        let named: [(String, [UInt8], Int)] = [
            ("gzip data", [0x1F, 0x8B], 0), ("a zip archive", [0x50, 0x4B, 0x03, 0x04], 0),
            ("bzip2 data", Array("BZh".utf8), 0), ("xz data", [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], 0),
            ("Zstandard data", [0x28, 0xB5, 0x2F, 0xFD], 0), ("a tar archive", Array("ustar".utf8), 257),
            ("a PDF document", Array("%PDF".utf8), 0), ("a PostScript document", Array("%!PS".utf8), 0),
            ("a HEIF or AVIF image", Array("ftyp".utf8), 4), ("a JPEG 2000 image", [0, 0, 0, 0x0C, 0x6A, 0x50], 0),
            ("a JPEG XL image", [0, 0, 0, 0x0C, 0x4A, 0x58, 0x4C, 0x20], 0), ("a JPEG XL image", [0xFF, 0x0A], 0),
            ("a Photoshop document", Array("8BPS".utf8), 0), ("an icon file", [0, 0, 1, 0], 0),
            ("a Matroska or WebM video", [0x1A, 0x45, 0xDF, 0xA3], 0), ("a NumPy array", [0x93, 0x4E, 0x55, 0x4D], 0),
            ("a Parquet table", Array("PAR1".utf8), 0), ("an HDF5 file", [0x89, 0x48, 0x44, 0x46], 0),
        ]
        if let (name, _, _) = named.first(where: { has($0.1, at: $0.2) }) {
            let isVideo = name.hasPrefix("a HEIF") && (has("ftypmp4", at: 4) || has("ftypisom", at: 4) || has("ftypqt", at: 4))
            let found = isVideo ? "a video" : name
            return "is \(found), which is not supported: JPEG, PNG, WEBP, GIF, BMP and TIFF are"
        }
        if bytes.allSatisfy({ $0 == 0 }) { return "holds only zero bytes: it was probably never downloaded completely" }
        let text = String(decoding: bytes, as: UTF8.self).trimmingPrefix { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
        if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") || text.hasPrefix("<head") || text.contains("<html") {
            return "is HTML, not an image: a server probably answered with a page"
        }
        if text.hasPrefix("<svg") || text.contains("<svg") { return "is an SVG drawing, which is not supported" }
        if text.hasPrefix("<?xml") { return "is XML, not an image" }
        if text.hasPrefix("{") || text.hasPrefix("[") { return "is JSON, not an image" }
        if !bytes.contains(where: { $0 == 0 || ($0 < 0x20 && ![0x09, 0x0A, 0x0C, 0x0D].contains($0)) }),
            String(validating: bytes, as: UTF8.self) != nil
        {
            return "is text, not an image"
        }
        return nil
    }
}
