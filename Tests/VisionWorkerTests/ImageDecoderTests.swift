// Files that are not images, fingerprints, and inspection of many files.

import Basics
import Foundation
import Testing
import VisionProtocol
import VisionWorker

@Suite struct ImageDecoderTests {
    struct Bad: Sendable, CustomTestStringConvertible {
        var id: String
        var bytes: [UInt8]
        var error: ImageError
        var testDescription: String { id }
    }

    @Test(arguments: [
        Bad(id: "empty", bytes: [], error: .empty(name: "x")),
        Bad(
            id: "text", bytes: Array("hello, world".utf8),
            error: .unrecognised(name: "x", kind: "is not a JPEG, PNG, WEBP, GIF, BMP or TIFF image")),
        Bad(id: "gif", bytes: Array("GIF89a".utf8), error: .cutOff(name: "x", format: .gif, bytes: 6)),
        Bad(
            id: "riff of sound", bytes: Array("RIFF\u{1}000WAVE".utf8),
            error: .unrecognised(name: "x", kind: "is not a JPEG, PNG, WEBP, GIF, BMP or TIFF image")),
    ])
    func notAnImage(_ bad: Bad) {
        #expect(throws: bad.error) { try ImageDecoder.decode(Data(bad.bytes), name: "x") }
    }

    @Test func signatureAloneIsCutOff() {
        for bytes in [[0xFF, 0xD8, 0xFF, 0xE0], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]] as [[UInt8]] {
            #expect {
                try ImageDecoder.decode(Data(bytes), name: "x")
            } throws: { error in
                if case ImageError.cutOff("x", _, bytes.count) = error { true } else { false }
            }
        }
    }

    @Test func missingFileIsNamed() {
        #expect {
            try ImageDecoder.decode(path: "/nowhere/dog.jpg")
        } throws: { error in
            "\(error)".hasPrefix("/nowhere/dog.jpg: cannot be read: ")
        }
    }

    /// A PNG that declares 100,000 x 100,000 pixels must not cause an allocation of 30 GB.
    @Test func absurdSizeIsRefused() throws {
        let small = try ImageEncoder.png(goldenPicture(4, 4))
        var bytes = [UInt8](small)
        // IHDR: width at byte 16, height at 20, its checksum at 29.
        bytes.replaceSubrange(16..<24, with: [0, 1, 0x86, 0xA0, 0, 1, 0x86, 0xA0])
        let checksum = Self.crc32(bytes[12..<29])
        bytes.replaceSubrange(29..<33, with: withUnsafeBytes(of: checksum.bigEndian) { Array($0) })
        #expect(throws: ImageError.tooLarge(name: "x", width: 100_000, height: 100_000)) {
            try ImageDecoder.decode(Data(bytes), name: "x")
        }
    }

    private static func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = (crc & 1) == 1 ? (crc >> 1) ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }

    @Test func encodedPNGIsLosslessAndJPEGIsClose() throws {
        let image = ShapePictures.picture(of: .star, index: 1, seed: 7, style: .typical)
        #expect(try ImageDecoder.decode(ImageEncoder.png(image), name: "png") == image)
        let jpeg = try ImageDecoder.decode(ImageEncoder.jpeg(image, quality: 100), name: "jpeg")
        let worst = zip(jpeg.pixels, image.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(worst <= 6)
    }

    @Test func fingerprintSurvivesRecodingAndDistinguishesPictures() throws {
        let star = ShapePictures.picture(of: .star, index: 1, seed: 7, style: .typical)
        let heart = ShapePictures.picture(of: .heart, index: 1, seed: 7, style: .typical)
        let recoded = try ImageDecoder.decode(ImageEncoder.jpeg(star, quality: 60), name: "star")
        let smaller = star.resized(to: ImageSize(width: 48, height: 48))
        #expect(PerceptualHash(of: star).distance(to: PerceptualHash(of: recoded)) <= 6)
        #expect(PerceptualHash(of: star).distance(to: PerceptualHash(of: smaller)) <= 6)
        #expect(PerceptualHash(of: star).distance(to: PerceptualHash(of: heart)) > 10)
        #expect(PerceptualHash(bits: 0xAB).hex == "00000000000000ab")
    }

    @Test func inspectionKeepsTheOrderAndNamesErrors() async throws {
        let folder = try TemporaryFolder()
        var paths: [String] = []
        for index in 0..<150 {
            let path = folder.path + "/\(index).png"
            if index == 77 {
                try Data("not a picture".utf8).write(to: URL(fileURLWithPath: path))
            } else {
                try ImageEncoder.png(goldenPicture(4 + index, 9)).write(to: URL(fileURLWithPath: path))
            }
            paths.append(path)
        }
        let result = try await ImageInspector.inspect(InspectImagesCall(paths: paths))
        #expect(result.images.count == 150)
        for (index, image) in result.images.enumerated() {
            switch image {
            case .readable(let width, let height, let channels, let format, let hash, let traits):
                #expect(traits == nil)
                #expect(width == 4 + index && height == 9 && channels == 3 && format == .png)
                #expect(hash.count == 16)
            case .unreadable(let reason):
                #expect(index == 77)
                #expect(reason == "is not a JPEG, PNG, WEBP, GIF, BMP or TIFF image")
            }
        }
    }
}

/// A folder that is removed after the test.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/assay-vision-\(UInt64.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
