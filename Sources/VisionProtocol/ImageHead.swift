// What the head of an image file tells without decoding it: format, size, colours.

package import Foundation

/// The head of a JPEG, PNG, GIF or WebP file.
package struct ImageHead: Hashable, Sendable {
    package enum Format: String, Hashable, Sendable { case jpeg, png, gif, webp }

    /// How the file holds colours, by the names that imaging libraries give to modes.
    package enum Mode: String, Hashable, Sendable {
        case grey, greyAlpha = "grey with alpha", rgb = "RGB", rgba = "RGBA", palette, cmyk = "CMYK"
    }

    package var format: Format
    /// Pixels.
    package var width: Int
    package var height: Int
    package var mode: Mode

    package init(format: Format, width: Int, height: Int, mode: Mode) {
        self.format = format
        self.width = width
        self.height = height
        self.mode = mode
    }

    /// - Returns: `nil` when the bytes are none of the formats, or end before they tell the size.
    package init?(of file: Data) {
        let bytes = [UInt8](file)
        guard let head = Self.png(bytes) ?? Self.gif(bytes) ?? Self.webP(bytes) ?? Self.jpeg(bytes) else { return nil }
        self = head
    }

    private static func big(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int {
        bytes[at..<at + count].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func little(_ bytes: [UInt8], _ at: Int, _ count: Int) -> Int {
        bytes[at..<at + count].reversed().reduce(0) { $0 << 8 | Int($1) }
    }

    /// The colour type is byte 25 (PNG specification, IHDR).
    private static func png(_ bytes: [UInt8]) -> ImageHead? {
        guard bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]), bytes.count >= 26 else { return nil }
        let mode: Mode =
            switch bytes[25] {
            case 0: .grey
            case 3: .palette
            case 4: .greyAlpha
            case 6: .rgba
            default: .rgb
            }
        return ImageHead(format: .png, width: big(bytes, 16, 4), height: big(bytes, 20, 4), mode: mode)
    }

    private static func gif(_ bytes: [UInt8]) -> ImageHead? {
        guard bytes.starts(with: Array("GIF8".utf8)), bytes.count >= 10 else { return nil }
        return ImageHead(format: .gif, width: little(bytes, 6, 2), height: little(bytes, 8, 2), mode: .palette)
    }

    private static func webP(_ bytes: [UInt8]) -> ImageHead? {
        guard bytes.starts(with: Array("RIFF".utf8)), bytes.count >= 30, bytes[8..<12].elementsEqual("WEBP".utf8)
        else { return nil }
        func head(_ width: Int, _ height: Int, alpha: Bool = false) -> ImageHead {
            ImageHead(format: .webp, width: width, height: height, mode: alpha ? .rgba : .rgb)
        }
        switch String(decoding: bytes[12..<16], as: UTF8.self) {
        case "VP8 ": return head(little(bytes, 26, 2) & 0x3FFF, little(bytes, 28, 2) & 0x3FFF)
        case "VP8L":
            let bits = little(bytes, 21, 4)
            return head(bits & 0x3FFF + 1, bits >> 14 & 0x3FFF + 1, alpha: bits >> 28 & 1 == 1)
        case "VP8X":
            return head(little(bytes, 24, 3) + 1, little(bytes, 27, 3) + 1, alpha: bytes[20] & 0x10 != 0)
        default: return nil
        }
    }

    /// Walks the segments to the frame header (SOF0 to SOF15 but for DHT, JPG, DAC).
    private static func jpeg(_ bytes: [UInt8]) -> ImageHead? {
        guard bytes.starts(with: [0xFF, 0xD8]) else { return nil }
        var at = 2
        while at + 9 < bytes.count {
            guard bytes[at] == 0xFF else { return nil }
            let marker = bytes[at + 1]
            if (0xC0...0xCF).contains(marker), ![0xC4, 0xC8, 0xCC].contains(marker) {
                let mode: Mode = bytes[at + 9] == 1 ? .grey : bytes[at + 9] == 4 ? .cmyk : .rgb
                return ImageHead(
                    format: .jpeg, width: big(bytes, at + 7, 2), height: big(bytes, at + 5, 2), mode: mode)
            }
            at += marker == 0xFF ? 1 : 2 + big(bytes, at + 2, 2)
        }
        return nil
    }
}

extension ImageHead {
    /// The most bytes of an image in fine-tuning (the provider's page on vision fine-tuning).
    package static let mostTrainingBytes = 10 << 20

    /// Why vision fine-tuning leaves an image out without an error: it takes JPEG, PNG and WEBP in RGB or RGBA, of up
    /// to 10 MB. `nil` when it takes it.
    package static func whySkippedInTraining(_ head: ImageHead?, bytes: Int) -> String? {
        if bytes > mostTrainingBytes { return "has \(bytes) bytes, more than 10 MB" }
        guard let head else { return nil }
        if head.format == .gif { return "is a GIF" }
        if head.mode != .rgb, head.mode != .rgba { return "is \(head.mode.rawValue), not RGB or RGBA" }
        return nil
    }
}
