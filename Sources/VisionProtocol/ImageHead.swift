// The header of an image file, read without decoding: format, size, colour mode, orientation.

package import Foundation
import Platform

/// The header of a JPEG, PNG, WEBP, GIF, BMP or TIFF file.
package struct ImageHead: Hashable, Sendable {
    /// The file format, by signature.
    package typealias Format = ImageFormat

    /// The file's colour representation, with the mode names of imaging libraries.
    package enum Mode: String, Hashable, Sendable {
        case grey, greyAlpha = "grey with alpha", rgb = "RGB", rgba = "RGBA", palette, cmyk = "CMYK"
    }

    /// The format by signature, independent of the file's name.
    package var format: ImageFormat
    /// Width in pixels as stored, before the orientation is applied.
    package var width: Int
    /// Height in pixels as stored, before the orientation is applied.
    package var height: Int
    /// The colour representation in the file.
    package var mode: Mode
    /// Exif orientation, 1 to 8; 1 means upright. Read from Exif, else from XMP, like Pillow's
    /// `ImageOps.exif_transpose`.
    package var orientation = 1

    /// Creates a header from known values; width and height as stored.
    package init(format: ImageFormat, width: Int, height: Int, mode: Mode, orientation: Int = 1) {
        self.format = format
        self.width = width
        self.height = height
        self.mode = mode
        self.orientation = orientation
    }

    /// Parses the header of a file's bytes.
    ///
    /// - Returns: `nil` if the bytes are in none of the formats, or end before the size.
    package init?(of file: Data) { self.init(HeadBytes(file)) }

    /// Reads the header of an open file, without its pixels.
    ///
    /// - Returns: `nil` if the file is in none of the formats, or ends before the size.
    /// - Throws: the file handle's errors.
    package init?(reading file: FileHandle) throws { self.init(try HeadBytes(file)) }

    /// The format according to a file's first bytes; `ImageFormat.signatureLength` suffice.
    package static func format(of start: Data) -> Format? { ImageFormat(signature: start) }

    private init?(_ bytes: HeadBytes) {
        var bytes = bytes
        guard let format = ImageFormat(signature: bytes.bytes(0, min(ImageFormat.signatureLength, bytes.count)) ?? []) else {
            return nil
        }
        let head: ImageHead? =
            switch format {
            case .jpeg: Self.jpeg(&bytes)
            case .png: Self.png(&bytes)
            case .webp: Self.webP(&bytes)
            case .gif: Self.gif(&bytes)
            case .bmp: Self.bmp(&bytes)
            case .tiff: Self.tiff(&bytes)
            }
        guard let head, head.width > 0, head.height > 0 else { return nil }
        self = head
    }

    /// Width and height in pixels after the orientation is applied.
    package var uprightSize: (width: Int, height: Int) {
        orientation >= 5 ? (height, width) : (width, height)
    }
}

// MARK: Formats

extension ImageHead {
    /// Reads chunks to the end of the file, because the orientation may follow the pixels. The colour type is byte 25
    /// (PNG specification, IHDR).
    private static func png(_ bytes: inout HeadBytes) -> ImageHead? {
        guard let width = bytes.big(16, 4), let height = bytes.big(20, 4), let colour = bytes.byte(25) else { return nil }
        let mode: Mode =
            switch colour {
            case 0: .grey
            case 3: .palette
            case 4: .greyAlpha
            case 6: .rgba
            default: .rgb
            }
        var orientations = Orientations()
        var at = 8
        while let length = bytes.big(at, 4), let name = bytes.bytes(at + 4, 4) {
            let start = at + 8
            switch String(decoding: name, as: UTF8.self) {
            case "eXIf": orientations.exif = orientations.exif ?? exifOrientation(&bytes, start: start)
            case "tEXt", "zTXt":
                readText(&bytes, start: start, length: length, isPacked: name[0] == UInt8(ascii: "z"), &orientations)
            case "iTXt" where orientations.xmp == nil && bytes.has("XML:com.adobe.xmp\0", at: start):
                orientations.xmp = bytes.bytes(start, min(length, maxXMPBytes)).flatMap(international).flatMap(xmpOrientation)
            default: break
            }
            guard name != Array("IEND".utf8) else { break }
            at = start + length + 4
        }
        return ImageHead(format: .png, width: width, height: height, mode: mode, orientation: orientations.value)
    }

    /// ImageMagick's encoding of Exif in a PNG: hexadecimal text after a line with its length, often compressed.
    private static func readText(
        _ bytes: inout HeadBytes, start: Int, length: Int, isPacked: Bool, _ orientations: inout Orientations
    ) {
        // The method of compression follows the keyword.
        let keyword = "Raw profile type exif\0" + (isPacked ? "\0" : "")
        guard orientations.exif == nil, bytes.has(keyword, at: start), (keyword.utf8.count...maxXMPBytes).contains(length),
            let content = bytes.bytes(start + keyword.utf8.count, length - keyword.utf8.count),
            let text = isPacked ? unpacked(content) : content
        else { return }
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").dropFirst(2)
        let digits = lines.joined().utf8.compactMap { UInt8(hexDigit: $0) }
        let exif = stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
        var profile = HeadBytes(Data(exif))
        orientations.exif = exifOrientation(&profile, start: 0)
    }

    /// The text of a PNG's iTXt chunk, which follows keyword, compression flag and method, language and translated
    /// keyword; `nil` if it cannot be unpacked.
    private static func international(_ chunk: [UInt8]) -> [UInt8]? {
        let parts = chunk.split(separator: 0, maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, let flag = parts[1].first else { return nil }
        let named = parts[1].dropFirst(2).split(separator: 0, maxSplits: 2, omittingEmptySubsequences: false)
        guard named.count == 3 else { return nil }
        return flag == 0 ? Array(named[2]) : unpacked(Array(named[2]))
    }

    private static func unpacked(_ bytes: [UInt8]) -> [UInt8]? {
        (try? Gzip.inflated(Data(bytes), limit: maxXMPBytes)).map { [UInt8]($0) }
    }

    private static func gif(_ bytes: inout HeadBytes) -> ImageHead? {
        guard let width = bytes.little(6, 2), let height = bytes.little(8, 2) else { return nil }
        return ImageHead(format: .gif, width: width, height: height, mode: .palette)
    }

    private static func bmp(_ bytes: inout HeadBytes) -> ImageHead? {
        // A `.dib` file begins with the second header.
        let start = bytes.has("BM", at: 0) ? 14 : 0
        guard let size = bytes.little(start, 4), size == 12 || (40...124).contains(size) else { return nil }
        let isOld = size == 12
        guard let width = bytes.little(start + 4, isOld ? 2 : 4),
            let height = bytes.little(start + (isOld ? 6 : 8), isOld ? 2 : 4),
            let bits = bytes.little(start + (isOld ? 10 : 14), 2)
        else { return nil }
        return ImageHead(
            format: .bmp, width: width, height: isOld ? height : Int(Int32(truncatingIfNeeded: height).magnitude),
            mode: bits <= 8 ? .palette : .rgb)
    }

    private static func webP(_ bytes: inout HeadBytes) -> ImageHead? {
        guard let name = bytes.bytes(12, 4) else { return nil }
        func head(_ width: Int, _ height: Int, alpha: Bool = false, orientation: Int = 1) -> ImageHead {
            ImageHead(format: .webp, width: width, height: height, mode: alpha ? .rgba : .rgb, orientation: orientation)
        }
        switch String(decoding: name, as: UTF8.self) {
        case "VP8 ":
            guard let width = bytes.little(26, 2), let height = bytes.little(28, 2) else { return nil }
            return head(width & 0x3FFF, height & 0x3FFF)
        case "VP8L":
            guard let bits = bytes.little(21, 4) else { return nil }
            return head(bits & 0x3FFF + 1, bits >> 14 & 0x3FFF + 1, alpha: bits >> 28 & 1 == 1)
        case "VP8X":
            guard let flags = bytes.byte(20), let width = bytes.little(24, 3), let height = bytes.little(27, 3) else {
                return nil
            }
            var orientations = Orientations()
            var at = 12
            while let chunk = bytes.bytes(at, 4), let length = bytes.little(at + 4, 4) {
                switch String(decoding: chunk, as: UTF8.self) {
                case "EXIF": orientations.exif = orientations.exif ?? exifOrientation(&bytes, start: at + 8)
                case "XMP ":
                    orientations.xmp = orientations.xmp ?? bytes.bytes(at + 8, min(length, maxXMPBytes)).flatMap(xmpOrientation)
                default: break
                }
                at += 8 + length + length % 2
            }
            return head(width + 1, height + 1, alpha: flags & 0x10 != 0, orientation: orientations.value)
        default: return nil
        }
    }

    /// Walks the segments up to the first scan; bytes outside of segments are skipped, as decoders do. The size is in
    /// the frame header (SOF0 to SOF15 except DHT, JPG, DAC).
    private static func jpeg(_ bytes: inout HeadBytes) -> ImageHead? {
        var head: ImageHead?
        var orientations = Orientations()
        var at = 2
        segments: while let marker = nextMarker(&bytes, &at) {
            switch marker {
            case 0xDA, 0xD9: break segments
            case 0x01, 0xD0...0xD8: continue
            default: break
            }
            guard let length = bytes.big(at, 2), length >= 2 else { break }
            switch marker {
            case 0xC0...0xCF where ![0xC4, 0xC8, 0xCC].contains(marker) && head == nil:
                guard let height = bytes.big(at + 3, 2), let width = bytes.big(at + 5, 2),
                    let components = bytes.byte(at + 7)
                else { return nil }
                head = ImageHead(
                    format: .jpeg, width: width, height: height,
                    mode: components == 1 ? .grey : components == 4 ? .cmyk : .rgb)
            case 0xE1 where orientations.exif == nil && bytes.has("Exif\0\0", at: at + 2):
                orientations.exif = exifOrientation(&bytes, start: at + 8)
            case 0xE1 where orientations.xmp == nil && bytes.has("http://ns.adobe.com/xap/1.0/\0", at: at + 2):
                orientations.xmp = bytes.bytes(at + 2, length - 2).flatMap(xmpOrientation)
            default: break
            }
            at += length
        }
        head?.orientation = orientations.value
        return head
    }

    /// Advances past the next marker and returns it.
    private static func nextMarker(_ bytes: inout HeadBytes, _ at: inout Int) -> UInt8? {
        while true {
            while let byte = bytes.byte(at), byte != 0xFF { at += 1 }
            while let byte = bytes.byte(at), byte == 0xFF { at += 1 }
            guard let marker = bytes.byte(at) else { return nil }
            at += 1
            if marker != 0 { return marker }
        }
    }

    /// The first directory of a TIFF or BigTIFF file.
    private static func tiff(_ bytes: inout HeadBytes) -> ImageHead? {
        guard let directory = TIFFDirectory(&bytes, start: 0), let width = directory.number(256, &bytes),
            let height = directory.number(257, &bytes)
        else { return nil }
        let samples = directory.number(277, &bytes) ?? 1
        let mode: Mode =
            switch directory.number(262, &bytes) ?? 0 {
            case 3: .palette
            case 5: .cmyk
            case 2: samples > 3 ? .rgba : .rgb
            case 0, 1: samples > 1 ? .greyAlpha : .grey
            default: .rgb
            }
        var orientations = Orientations()
        orientations.exif = directory.number(274, &bytes)
        orientations.xmp = directory.values(700, limit: maxXMPBytes, &bytes).flatMap(xmpOrientation)
        return ImageHead(format: .tiff, width: width, height: height, mode: mode, orientation: orientations.value)
    }
}

// MARK: Orientation

extension ImageHead {
    /// Collects both orientations; Exif takes precedence over XMP.
    private struct Orientations {
        var exif: Int?
        var xmp: Int?
        var value: Int { (exif ?? xmp).flatMap { (1...8).contains($0) ? $0 : nil } ?? 1 }
    }

    /// Maximum number of XMP bytes searched.
    private static let maxXMPBytes = 1 << 20

    /// The orientation in an Exif block, which is a TIFF directory, with or without the leading `Exif` name.
    private static func exifOrientation(_ bytes: inout HeadBytes, start: Int) -> Int? {
        var start = start
        while bytes.has("Exif\0\0", at: start) { start += 6 }
        guard let directory = TIFFDirectory(&bytes, start: start) else { return nil }
        return directory.number(274, &bytes)
    }

    /// The digit after `tiff:Orientation="` or `<tiff:Orientation>`.
    private static func xmpOrientation(_ text: [UInt8]) -> Int? {
        let name = Data("tiff:Orientation".utf8)
        let data = Data(text)
        var rest = data.startIndex..<data.endIndex
        while let found = data.range(of: name, in: rest) {
            let after = data[found.upperBound...].prefix(3)
            for opening in ["=\"", ">"] where after.starts(with: opening.utf8) {
                if let digit = after.dropFirst(opening.utf8.count).first, (0x30...0x39).contains(digit) {
                    return Int(digit - 0x30)
                }
            }
            rest = found.upperBound..<data.endIndex
        }
        return nil
    }
}

/// The first directory of a TIFF file or Exif block that begins at `start`.
private struct TIFFDirectory {
    private let start: Int
    private let isBig: Bool
    private let isLong: Bool
    /// The offset of each tag's entry.
    private var entries: [Int: Int] = [:]

    init?(_ bytes: inout HeadBytes, start: Int) {
        guard let order = bytes.bytes(start, 2), order == [0x49, 0x49] || order == [0x4D, 0x4D] else { return nil }
        self.start = start
        isBig = order == [0x4D, 0x4D]
        isLong = (isBig ? bytes.byte(start + 3) : bytes.byte(start + 2)) == 0x2B
        let (sizeOfCount, sizeOfEntry) = isLong ? (8, 20) : (2, 12)
        guard let offset = value(isLong ? 8 : 4, isLong ? 8 : 4, &bytes), offset < bytes.count,
            let count = value(offset, sizeOfCount, &bytes), count <= bytes.count / sizeOfEntry
        else { return nil }
        for index in 0..<count {
            let entry = offset + sizeOfCount + index * sizeOfEntry
            guard let tag = value(entry, 2, &bytes) else { return nil }
            if entries[tag] == nil { entries[tag] = entry }
        }
    }

    private func value(_ at: Int, _ length: Int, _ bytes: inout HeadBytes) -> Int? {
        isBig ? bytes.big(start + at, length) : bytes.little(start + at, length)
    }

    /// The first value of a tag that holds whole numbers. Signed ones count as the positive numbers of their bits, and
    /// bytes do not count, as in Pillow.
    func number(_ tag: Int, _ bytes: inout HeadBytes) -> Int? {
        let size = isLong ? 8 : 4
        guard let entry = entries[tag], let count = value(entry + 4, size, &bytes), count >= 1,
            let type = value(entry + 2, 2, &bytes), let length = [3: 2, 4: 4, 8: 2, 9: 4, 16: 8][type]
        else { return nil }
        let inline = entry + 4 + size
        guard count > size / length else { return value(inline, length, &bytes) }
        return value(inline, size, &bytes).flatMap { value($0, length, &bytes) }
    }

    /// The first `limit` bytes of a tag that holds bytes.
    func values(_ tag: Int, limit: Int, _ bytes: inout HeadBytes) -> [UInt8]? {
        let size = isLong ? 8 : 4
        guard let entry = entries[tag], let count = value(entry + 4, size, &bytes), count > size,
            let offset = value(entry + 4 + size, size, &bytes), offset <= bytes.count
        else { return nil }
        return bytes.bytes(start + offset, min(count, limit))
    }
}

extension UInt8 {
    /// The value of an ASCII hexadecimal digit.
    fileprivate init?(hexDigit digit: UInt8) {
        switch digit {
        case 0x30...0x39: self = digit - 0x30
        case 0x41...0x46: self = digit - 0x41 + 10
        case 0x61...0x66: self = digit - 0x61 + 10
        default: return nil
        }
    }
}

// MARK: Providers' rules

extension ImageHead {
    /// Maximum size of an image in fine-tuning, in bytes (source: the provider's vision fine-tuning documentation).
    package static let maxTrainingBytes = 10 << 20

    /// The reason why vision fine-tuning silently skips an image: it accepts JPEG, PNG and WEBP in RGB or RGBA, of at
    /// most 10 MB. `nil` if it accepts the image.
    package static func trainingSkipReason(_ head: ImageHead?, bytes: Int) -> String? {
        if bytes > maxTrainingBytes { return "has \(bytes) bytes, more than 10 MB" }
        guard let head else { return nil }
        if !head.format.isAcceptedByProviders { return "is a \(head.format.name)" }
        if head.mode != .rgb, head.mode != .rgba { return "is \(head.mode.rawValue), not RGB or RGBA" }
        return nil
    }
}
