// Format, size, colour mode and orientation of an image file, read from its first bytes without decoding it.

package import Foundation

/// The head of a JPEG, PNG, GIF, WebP, BMP or TIFF file.
package struct ImageHead: Hashable, Sendable {
    package enum Format: String, Hashable, Sendable { case jpeg, png, gif, webp, bmp, tiff }

    /// How the file holds colours, by the names that imaging libraries give to modes.
    package enum Mode: String, Hashable, Sendable {
        case grey, greyAlpha = "grey with alpha", rgb = "RGB", rgba = "RGBA", palette, cmyk = "CMYK"
    }

    package var format: Format
    /// Pixels.
    package var width: Int
    package var height: Int
    package var mode: Mode
    /// EXIF orientation, 1 to 8; 1 where the file states none.
    package var orientation: Int

    package init(format: Format, width: Int, height: Int, mode: Mode, orientation: Int = 1) {
        self.format = format
        self.width = width
        self.height = height
        self.mode = mode
        self.orientation = orientation
    }

    /// Reads the head from a file's first bytes, or from all of them.
    /// - Returns: `nil` when the bytes are none of the formats, or end before the size.
    package init?(of file: Data) {
        let bytes = [UInt8](file)
        guard let head = Self.png(bytes) ?? Self.gif(bytes) ?? Self.webP(bytes) ?? Self.jpeg(bytes)
            ?? Self.bmp(bytes) ?? Self.tiff(bytes)
        else { return nil }
        self = head
        orientation = ImageOrientation.of(bytes)
    }

    /// The format by the first bytes alone; sixteen are enough.
    package static func format(of start: Data) -> Format? {
        let bytes = [UInt8](start.prefix(16))
        if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return .png }
        if bytes.starts(with: [0xFF, 0xD8, 0xFF]) { return .jpeg }
        if bytes.starts(with: Array("GIF8".utf8)) { return .gif }
        if bytes.starts(with: Array("RIFF".utf8)), bytes.count >= 12, bytes[8..<12].elementsEqual("WEBP".utf8) {
            return .webp
        }
        if isTIFF(bytes) { return .tiff }
        // "BM" alone begins ordinary texts too: the two reserved numbers of a BMP are zero.
        if bytes.starts(with: Array("BM".utf8)), bytes.count >= 10, bytes[6..<10].allSatisfy({ $0 == 0 }) { return .bmp }
        return nil
    }

    private static func isTIFF(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0x49, 0x49, 0x2A, 0]) || bytes.starts(with: [0x4D, 0x4D, 0, 0x2A])
    }

    private static func bmp(_ bytes: [UInt8]) -> ImageHead? {
        guard format(of: Data(bytes.prefix(16))) == .bmp, bytes.count >= 30 else { return nil }
        let isOld = little(bytes, 14, 4) == 12
        let depth = isOld ? little(bytes, 24, 2) : little(bytes, 28, 2)
        // A negative height means that the rows begin at the top.
        let height = isOld
            ? little(bytes, 20, 2)
            : Int(Int32(truncatingIfNeeded: little(bytes, 22, 4)).magnitude)
        return ImageHead(
            format: .bmp, width: isOld ? little(bytes, 18, 2) : little(bytes, 18, 4) & 0x7FFF_FFFF, height: height,
            mode: depth <= 8 ? .palette : .rgb)
    }

    /// The first page of a classic TIFF; its directory may lie beyond the bytes at hand.
    private static func tiff(_ bytes: [UInt8]) -> ImageHead? {
        guard isTIFF(bytes), let directory = TIFFDirectory(bytes[...]), let width = directory[256],
            let height = directory[257]
        else { return nil }
        let samples = directory[277] ?? 1
        let mode: Mode =
            switch directory[262] {
            case 3: .palette
            case 5: .cmyk
            case 2: samples > 3 ? .rgba : .rgb
            default: samples > 1 ? .greyAlpha : .grey
            }
        return ImageHead(format: .tiff, width: width, height: height, mode: mode)
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
            // Decoders look for the next marker where stray bytes stand before it.
            guard bytes[at] == 0xFF else {
                at += 1
                continue
            }
            let marker = bytes[at + 1]
            if marker == 0 || marker == 0x01 || (0xD0...0xD7).contains(marker) {
                at += 2
                continue
            }
            if marker == 0xDA || marker == 0xD9 { return nil }
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
        if [.gif, .bmp, .tiff].contains(head.format) { return "is a \(head.format.rawValue.uppercased())" }
        if head.mode != .rgb, head.mode != .rgba { return "is \(head.mode.rawValue), not RGB or RGBA" }
        return nil
    }
}
