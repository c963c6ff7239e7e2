// What a file is that should be an image and is none, by its first bytes.

package import Foundation

package enum NotAnImage {
    /// What the bytes are, in words that go after the file's name: `is empty`, `is an HTML page`. `nil` for an image
    /// format that is read, and for bytes that are not recognized.
    package static func description(of start: Data, size: Int) -> String? {
        if size == 0 { return "is empty (0 bytes)" }
        if ImageHead.format(of: start) != nil { return nil }
        let bytes = [UInt8](start.prefix(512))
        func begins(_ magic: [UInt8], at offset: Int = 0) -> Bool {
            bytes.count >= offset + magic.count && bytes[offset..<(offset + magic.count)].elementsEqual(magic)
        }
        if begins(Array("ftyp".utf8), at: 4) {
            let brand = String(decoding: bytes[8..<min(12, bytes.count)], as: UTF8.self)
            return switch brand {
            case "avif", "avis": "is an AVIF image, which is not supported"
            case "heic", "heix", "mif1", "msf1", "heim", "heis": "is a HEIC image, which is not supported"
            default: "is a video or audio file (MP4)"
            }
        }
        if begins([0x1F, 0x8B]) { return "is gzip data" }
        if begins(Array("PK".utf8)) { return "is a zip archive" }
        if begins([0x28, 0xB5, 0x2F, 0xFD]) { return "is zstd data" }
        if begins(Array("BZh".utf8)) { return "is bzip2 data" }
        if begins([0xFD] + Array("7zXZ".utf8)) { return "is xz data" }
        if begins(Array("%PDF".utf8)) { return "is a PDF" }
        if begins([0xFF, 0x0A]) || begins([0, 0, 0, 0x0C] + Array("JXL ".utf8)) {
            return "is a JPEG XL image, which is not supported"
        }
        if begins([0, 0, 0, 0x0C] + Array("jP  ".utf8)) || begins([0xFF, 0x4F, 0xFF, 0x51]) {
            return "is a JPEG 2000 image, which is not supported"
        }
        if begins(Array("8BPS".utf8)) { return "is a Photoshop file, which is not supported" }
        if begins([0, 0, 1, 0]) { return "is an icon file, which is not supported" }
        let text = String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        if text.hasPrefix("version https://git-lfs") {
            return "is a Git LFS pointer, not the image itself ('git lfs pull' fetches it)"
        }
        if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") { return "is an HTML page, probably of a failed download" }
        if text.contains("<svg") { return "is an SVG drawing, which is not supported" }
        if text.hasPrefix("<?xml") { return "is an XML text, probably of a failed download" }
        if text.hasPrefix("{") || text.hasPrefix("[") { return "is a JSON text, probably of a failed download" }
        return nil
    }
}
