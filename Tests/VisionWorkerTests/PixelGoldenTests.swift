// Image files of every kind compared with Pillow's pixels after exif_transpose and convert("RGB").

import Basics
import Foundation
import Testing
import VisionProtocol
import VisionWorker

/// The values written by `scripts/make-pixel-goldens`.
struct PixelGolden: Decodable, Sendable, CustomTestStringConvertible {
    var id: String
    var format: ImageFormat
    /// Of the upright picture.
    var width: Int
    var height: Int
    var orientation: Int
    /// JPEG comments of 65,533 zero bytes that belong behind the first marker.
    var comments: Int
    var sha256: String
    var base64: Data
    var testDescription: String { id }

    var bytes: Data {
        let comment = Data([0xFF, 0xFE, 0xFF, 0xFF]) + Data(count: 65_533)
        return comments == 0
            ? base64 : base64.prefix(2) + (0..<comments).reduce(into: Data()) { data, _ in data += comment } + base64.dropFirst(2)
    }

    static let all: [PixelGolden] = {
        struct Document: Decodable { var files: [PixelGolden] }
        let url = Bundle.module.url(forResource: "pixels", withExtension: "json", subdirectory: "Goldens")!
        return try! JSONDecoder().decode(Document.self, from: Data(contentsOf: url)).files
    }()

    static func named(_ id: String) throws -> Data { try #require(all.first { $0.id == id }).bytes }
}

@Suite struct PixelGoldenTests {
    @Test(arguments: PixelGolden.all)
    func pixelsArePillows(_ golden: PixelGolden) throws {
        let decoded = try ImageDecoder.inspect(golden.bytes, name: golden.id)
        #expect(decoded.format == golden.format)
        #expect(decoded.orientation == golden.orientation)
        #expect(decoded.image.width == golden.width && decoded.image.height == golden.height)
        #expect(Digest(of: Data(decoded.image.pixels)).hex == golden.sha256)
    }

    /// The properties read without decoding equal those found by decoding.
    @Test(arguments: PixelGolden.all)
    func headAgreesWithThePixels(_ golden: PixelGolden) throws {
        let head = try #require(ImageHead(of: golden.bytes))
        #expect(head.format == golden.format)
        #expect(head.orientation == golden.orientation)
        // A GIF's frame may reach beyond the canvas that its head states.
        if !golden.id.contains("beyond its canvas") {
            #expect(head.uprightSize.width == golden.width && head.uprightSize.height == golden.height)
        }
    }

    @Test(arguments: PixelGolden.all)
    func headOfAnOpenFileIsTheSame(_ golden: PixelGolden) throws {
        let folder = try TemporaryFolder()
        let url = URL(fileURLWithPath: folder.path + "/image")
        try golden.bytes.write(to: url)
        let file = try FileHandle(forReadingFrom: url)
        defer { try? file.close() }
        #expect(try ImageHead(reading: file) == ImageHead(of: golden.bytes))
    }

    /// Traits are part of keys: only files that earlier versions read otherwise may have some.
    @Test(
        arguments: [
            ("png rgb 8", nil), ("png sRGB", "16 bits"), ("png gamma 1/2.2", nil), ("png gamma 1", "gamma"),
            ("png profile that is none", nil), ("png grey 16", "16 bits"), ("jpeg orientation 1", nil),
            ("jpeg orientation 6", "orientation 6"), ("webp lossy", nil), ("jpeg cmyk", nil),
        ] as [(String, String?)])
    func traitsOfAFile(_ id: String, _ traits: String?) throws {
        #expect(try ImageDecoder.inspect(PixelGolden.named(id), name: id).traits == traits)
    }

    @Test func thereAreEnoughKinds() { #expect(PixelGolden.all.count >= 60) }

    /// Every cut either leaves the whole picture, as when only an end marker is lost, or is an error; none crashes.
    @Test(arguments: ImageFormat.allCases)
    func cutsAreErrorsOrWhole(_ format: ImageFormat) throws {
        for golden in PixelGolden.all where golden.format == format && golden.comments == 0 {
            for share in 1..<8 {
                let cut = golden.bytes.prefix(golden.bytes.count * share / 8)
                do {
                    let image = try ImageDecoder.decode(Data(cut), name: golden.id)
                    // The orientation data may be truncated.
                    let isWhole = image.width == golden.width && image.height == golden.height
                    #expect(isWhole || golden.orientation != 1, "\(golden.id) at \(share)/8")
                } catch is ImageError {}
            }
        }
    }

    @Test func missingEndMarkerLosesNothing() throws {
        let whole = try PixelGolden.named("jpeg 4:2:0")
        #expect(try ImageDecoder.decode(whole.dropLast(2), name: "x") == ImageDecoder.decode(whole, name: "x"))
    }
}

@Suite struct ImageLimitTests {
    /// Each scan costs a pass over the picture, so a small file could ask for any amount of work.
    @Test func tooManyScansAreRefused() throws {
        let file = try PixelGolden.named("jpeg grey progressive")
        let scan = try #require(file.range(of: Data([0xFF, 0xDA]), options: .backwards))
        let last = file[scan.lowerBound..<(file.endIndex - 2)]
        let many = file.dropLast(2) + (0..<150).reduce(into: Data()) { data, _ in data += last } + Data([0xFF, 0xD9])
        #expect(throws: ImageError.broken(name: "x", format: .jpeg, reason: "it has more than 100 scans")) {
            try ImageDecoder.decode(Data(many), name: "x")
        }
    }

    struct Claim: Sendable, CustomTestStringConvertible {
        var id: String
        var format: ImageFormat
        var golden: String
        /// The positions of width and height, and the values written there.
        var at: Int
        var bytes: [UInt8]
        var isTooLarge: Bool
        var testDescription: String { id }
    }

    static let claims = [
        Claim(id: "gif", format: .gif, golden: "gif", at: 6, bytes: [0xFF, 0xFF, 0xFF, 0xFF], isTooLarge: true),
        Claim(
            id: "bmp", format: .bmp, golden: "bmp 24 bits", at: 18, bytes: [0xFF, 0xFF, 0xFF, 0x7F, 0xFF, 0xFF, 0xFF, 0x7F],
            isTooLarge: true),
        Claim(
            id: "bmp of a size that its file cannot hold", format: .bmp, golden: "bmp 24 bits", at: 18,
            bytes: [0x10, 0x27, 0, 0, 0x10, 0x27, 0, 0], isTooLarge: false),
        Claim(
            id: "bmp of no height", format: .bmp, golden: "bmp 24 bits", at: 22, bytes: [0, 0, 0, 0], isTooLarge: false),
        Claim(
            id: "bmp of the lowest height", format: .bmp, golden: "bmp 24 bits", at: 22, bytes: [0, 0, 0, 0x80],
            isTooLarge: true),
    ]

    /// A size that a file claims reserves no memory before it is known to be plausible.
    @Test(arguments: claims)
    func claimedSizesAreChecked(_ claim: Claim) throws {
        var file = try PixelGolden.named(claim.golden)
        file.replaceSubrange(claim.at..<(claim.at + claim.bytes.count), with: claim.bytes)
        let error = try #require(throws: ImageError.self) { try ImageDecoder.decode(file, name: "x") }
        if case .tooLarge = error {
            #expect(claim.isTooLarge)
        } else {
            #expect(!claim.isTooLarge, "\(error)")
        }
    }

    @Test func aJPEGThatClaimsMorePixelsThanItsBytesCanHoldIsCutOff() throws {
        var file = try PixelGolden.named("jpeg grey")
        let frame = try #require(file.range(of: Data([0xFF, 0xC0])))
        file.replaceSubrange((frame.lowerBound + 5)..<(frame.lowerBound + 9), with: [0x2E, 0xE0, 0x2E, 0xE0])
        #expect(throws: ImageError.cutOff(name: "x", format: .jpeg, bytes: file.count)) {
            try ImageDecoder.decode(file, name: "x")
        }
    }

    static let foreign: [(id: String, bytes: [UInt8], says: String)] = [
        ("html", Array("<!DOCTYPE html><html><body>404</body></html>".utf8), "is an HTML page"),
        ("html behind a comment", Array("<!-- x -->\n<html>".utf8), "is an HTML page"),
        ("json", Array(#"{"error": "not found"}"#.utf8), "is a JSON text"),
        ("text", Array("Not found\n".utf8), "is not a JPEG, PNG"),
        (
            "git lfs", Array("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n".utf8),
            "'git lfs pull' fetches it"
        ),
        ("gzip", [0x1F, 0x8B, 8, 0, 0, 0], "is gzip data"),
        ("zip", [0x50, 0x4B, 3, 4, 0, 0], "is a zip archive"),
        ("pdf", Array("%PDF-1.7".utf8), "is a PDF document"),
        ("heic", [0, 0, 0, 24] + Array("ftypheic".utf8), "is a HEIC image"),
        ("mp4", [0, 0, 0, 24] + Array("ftypmp42".utf8), "is a video or audio file"),
        ("svg", Array("<?xml version='1.0'?><svg/>".utf8), "is an SVG drawing"),
        ("zeros", [UInt8](repeating: 0, count: 2000), "contains only zero bytes"),
        ("empty", [], "is empty"),
    ]

    @Test(arguments: foreign.map(\.id))
    func reportsTheActualFileType(_ id: String) throws {
        let file = try #require(Self.foreign.first { $0.id == id })
        let error = try #require(throws: ImageError.self) { try ImageDecoder.decode(Data(file.bytes), name: "a.jpg") }
        #expect("\(error)".hasPrefix("a.jpg: " + file.says) || "\(error)".contains(file.says), "\(error)")
    }

    @Test(arguments: [ConvertImagesCall.Form.jpeg, .png])
    func convertedImagesAreUprightAndWithoutATag(_ form: ConvertImagesCall.Form) async throws {
        let folder = try TemporaryFolder()
        try PixelGolden.named("tiff orientation 6").write(to: URL(fileURLWithPath: folder.path + "/a.tif"))
        let upright = try ImageDecoder.decode(path: folder.path + "/a.tif")
        let result = try await ImageConverter.convert(
            ConvertImagesCall(paths: [folder.path + "/a.tif"], maxSide: nil, folder: folder.path, form: form))
        let written = try #require(result.images.first)
        let again = try ImageDecoder.inspect(Data(contentsOf: URL(fileURLWithPath: written.path)), name: "again")
        #expect(again.orientation == 1 && again.traits == nil)
        #expect(again.image.width == upright.width && again.image.height == upright.height)
        if form == .png { #expect(again.image == upright) }
    }
}
