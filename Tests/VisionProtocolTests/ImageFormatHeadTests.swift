// Formats, sizes and orientation from the first bytes of files.

import Foundation
import Testing
import VisionProtocol

@Suite struct ImageFormatHeadTests {
    private static func little(_ number: Int, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }

    /// A little-endian TIFF directory with SHORT values.
    private static func tiff(_ values: [(Int, Int)]) -> [UInt8] {
        var bytes: [UInt8] = [0x49, 0x49, 0x2A, 0] + little(8, 4) + little(values.count, 2)
        for (tag, value) in values { bytes += little(tag, 2) + little(3, 2) + little(1, 4) + little(value, 4) }
        return bytes + little(0, 4)
    }

    /// A JPEG's segments up to its frame header.
    private static func jpeg(exif: [UInt8] = [], stray: [UInt8] = []) -> Data {
        var bytes: [UInt8] = [0xFF, 0xD8]
        if !exif.isEmpty {
            let content = Array("Exif\0\0".utf8) + exif
            bytes += [0xFF, 0xE1, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 0xFF)] + content
        }
        bytes += stray + [0xFF, 0xC0, 0, 17, 8, 0, 5, 0, 7, 3] + [UInt8](repeating: 0, count: 12)
        return Data(bytes)
    }

    @Test func bmp() {
        var bytes = Array("BM".utf8) + Self.little(200, 4) + Self.little(0, 4) + Self.little(54, 4) + Self.little(40, 4)
        bytes += Self.little(30, 4) + Self.little(-20, 4) + Self.little(1, 2) + Self.little(24, 2)
        #expect(ImageHead(of: Data(bytes)) == ImageHead(format: .bmp, width: 30, height: 20, mode: .rgb))
        // A `.dib` file lacks the first 14 bytes. Guards: it was listed as an image and then not read.
        #expect(ImageHead(of: Data(bytes.dropFirst(14))) == ImageHead(format: .bmp, width: 30, height: 20, mode: .rgb))
        let old = Self.little(12, 4) + Self.little(7, 2) + Self.little(5, 2) + Self.little(1, 2) + Self.little(4, 2)
        #expect(ImageHead(of: Data(old + [0, 0, 0, 0])) == ImageHead(format: .bmp, width: 7, height: 5, mode: .palette))
        // Two planes, or 40 bytes of text.
        #expect(ImageHead(of: Data(bytes.dropFirst(14).prefix(12) + [2, 0, 24, 0])) == nil)
        #expect(ImageHead(of: Data("(\0\0\0 is how this text of some length begins".utf8)) == nil)
        #expect(ImageHead(of: Data("BMW has wheels and this is a text of some length".utf8)) == nil)
    }

    @Test func tiff() {
        let data = Data(Self.tiff([(256, 30), (257, 20), (262, 2), (274, 6), (277, 3)]))
        #expect(ImageHead(of: data) == ImageHead(format: .tiff, width: 30, height: 20, mode: .rgb, orientation: 6))
    }

    @Test func orientation() {
        #expect(ImageHead(of: Self.jpeg())?.orientation == 1)
        #expect(ImageHead(of: Self.jpeg(exif: Self.tiff([(274, 8)])))?.orientation == 8)
        #expect(ImageHead(of: Self.jpeg(exif: Self.tiff([(274, 77)])))?.orientation == 1)
    }

    /// Two stray bytes before a segment, which every viewer skips, made the file one that does not decode.
    @Test func strayBytesBeforeASegmentAreSkipped() {
        #expect(ImageHead(of: Self.jpeg(exif: Self.tiff([(274, 1)]), stray: [0x12, 0x34]))?.width == 7)
    }

    @Test(
        arguments: [
            ("", "is empty (0 bytes)"), ("<!DOCTYPE html><html>", "is an HTML page, probably of a failed download"),
            (
                "version https://git-lfs.github.com/spec/v1",
                "is a Git LFS pointer, not the file itself ('git lfs pull' fetches it)"
            ),
            ("\u{1F}\u{8B}", nil), ("\0\0\0\u{20}ftypavif", "is an AVIF image, which is not supported"),
            ("{\"error\": 1}", "is a JSON text, probably of a failed download"), ("GIF89a", nil), ("something", nil),
        ] as [(String, String?)])
    func whatAFileIs(_ text: String, _ what: String?) {
        let data = Data(text.utf8)
        #expect(NotAnImage.description(of: data, size: data.count) == what)
    }

    @Test func promptLabels() {
        #expect(PromptLabels.labels(in: "One of [a, b c].") == ["a", "b c"])
        #expect(PromptLabels.labels(in: "One of [\"a, b\", \"c\"].") == ["a, b", "c"])
        #expect(PromptLabels.labels(in: "One of:\n- a, b\n- c\nAnswer.") == ["a, b", "c"])
        #expect(PromptLabels.labels(in: "What?").isEmpty)
    }
}
