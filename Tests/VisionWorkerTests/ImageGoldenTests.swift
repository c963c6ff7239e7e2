// Decoding, resizing and colour changes compared with Pillow.

import Basics
import Foundation
import Testing
import VisionProtocol
import VisionWorker

/// The values written by `scripts/make-image-goldens`.
struct ImageGoldens: Decodable {
    struct Operation: Decodable, Sendable, CustomTestStringConvertible {
        var id: String
        var kind: String
        var width: Int
        var height: Int
        var box: [Int]?
        var factor: Double?
        var shift: UInt8?
        var sha256: String
        var result: [Int]
        var testDescription: String { id }
    }

    struct File: Decodable, Sendable, CustomTestStringConvertible {
        var id: String
        var format: ImageFormat
        var channels: Int
        var width: Int
        var height: Int
        var sha256: String
        var base64: Data
        var testDescription: String { id }
    }

    var operations: [Operation]
    var files: [File]

    static let all: ImageGoldens = {
        let url = Bundle.module.url(forResource: "images", withExtension: "json", subdirectory: "Goldens")!
        return try! JSONDecoder().decode(ImageGoldens.self, from: Data(contentsOf: url))
    }()
}

/// The picture that the script draws too.
func goldenPicture(_ width: Int, _ height: Int) -> RGBImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width {
            pixels.append(UInt8(x * 255 / width))
            pixels.append(UInt8((x * 7 + y * 13 + x * y) % 256))
            pixels.append(UInt8((y * 29 + (x / 3) * 41) % 256))
        }
    }
    return RGBImage(width: width, height: height, pixels: pixels)
}

@Suite struct ImageGoldenTests {
    @Test(arguments: ImageGoldens.all.operations)
    func operationGivesPillowsPixels(_ golden: ImageGoldens.Operation) throws {
        var image = goldenPicture(golden.width, golden.height)
        switch golden.kind {
        case "resize":
            let box = try #require(golden.box)
            image = image.resized(
                x: box[0], y: box[1], width: box[2] - box[0], height: box[3] - box[1],
                to: ImageSize(width: golden.result[0], height: golden.result[1]))
        case "brightness": image.adjustBrightness(by: try #require(golden.factor))
        case "contrast": image.adjustContrast(by: try #require(golden.factor))
        case "saturation": image.adjustSaturation(by: try #require(golden.factor))
        case "hue": image.shiftHue(by: try #require(golden.shift))
        case "flip": image.flip()
        default: Issue.record("unknown kind \(golden.kind)")
        }
        #expect([image.width, image.height] == golden.result)
        #expect(Digest(of: Data(image.pixels)).hex == golden.sha256)
    }

    @Test(arguments: ImageGoldens.all.files)
    func fileDecodesToPillowsPixels(_ golden: ImageGoldens.File) throws {
        let decoded = try ImageDecoder.inspect(golden.base64, name: golden.id)
        #expect(decoded.format == golden.format)
        #expect(decoded.channels == golden.channels)
        #expect(decoded.image.width == golden.width)
        #expect(decoded.image.height == golden.height)
        #expect(Digest(of: Data(decoded.image.pixels)).hex == golden.sha256)
    }

    @Test(arguments: ImageGoldens.all.files)
    func truncatedFileIsAnErrorThatNamesIt(_ golden: ImageGoldens.File) throws {
        let half = golden.base64.prefix(golden.base64.count * 6 / 10)
        #expect {
            try ImageDecoder.decode(Data(half), name: "dog.img")
        } throws: { error in
            guard case ImageError.cutOff("dog.img", golden.format, half.count) = error else { return false }
            return "\(error)" == "dog.img: is truncated: the \(golden.format.name) ends after \(half.count) bytes, before "
                + "the end of its picture"
        }
    }
}
