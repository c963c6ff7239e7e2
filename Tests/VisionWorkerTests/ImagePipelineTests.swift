// Pipelines: sizes, ranges, and randomness that depends only on the seed.

import Basics
import Testing
import VisionProtocol
import VisionWorker

@Suite struct ImagePipelineTests {
    static let training: [ImageTransform] = [
        .randomResizedCrop(size: 32, scale: 0.8...1), .randomHorizontalFlip(),
        .colorJitter(brightness: 0.2, contrast: 0.2, saturation: 0.2, hue: 0.1),
    ]

    @Test func sameSeedGivesTheSamePixelsAndAnotherSeedOthers() throws {
        let pipeline = try ImagePipeline(Self.training, normalize: .imagenet)
        let image = goldenPicture(64, 48)
        func run(_ seed: UInt64) -> RGBImage {
            var random = SeededRandom(seed: seed)
            return pipeline.transformed(image, random: &random)
        }
        #expect(run(1) == run(1))
        #expect(run(1) != run(2))
        #expect(run(1).width == 32 && run(1).height == 32)
    }

    @Test(arguments: [(500, 375), (375, 500), (64, 64), (3, 2000), (2000, 3)])
    func randomCropStaysWithinAnyImage(_ width: Int, _ height: Int) throws {
        let pipeline = try ImagePipeline([.randomResizedCrop(size: 16)], normalize: .imagenet)
        let image = goldenPicture(width, height)
        for seed in 0..<50 {
            var random = SeededRandom(seed: UInt64(seed))
            #expect(pipeline.transformed(image, random: &random).width == 16)
        }
    }

    /// Two thousand draws of RandomResizedCrop on a ramp: the share of the area and the place are spread evenly.
    @Test func randomCropsAreSpreadAsTorchvisionSpreadsThem() throws {
        // One pixel encodes the middle of a crop: red grows with x, green with y.
        let image = RGBImage(
            width: 100, height: 100,
            pixels: (0..<100).flatMap { y in (0..<100).flatMap { x in [UInt8(2 * x), UInt8(2 * y), 0] } })
        let pipeline = try ImagePipeline(
            [.randomResizedCrop(size: 1, scale: 0.25...0.25, ratio: 1...1)], normalize: .imagenet)
        var sums = (x: 0.0, y: 0.0)
        var least = 255
        var most = 0
        let draws = 2000
        var random = SeededRandom(seed: 5)
        for _ in 0..<draws {
            let pixel = pipeline.transformed(image, random: &random).pixels
            sums.x += Double(pixel[0]) / 2
            sums.y += Double(pixel[1]) / 2
            least = min(least, Int(pixel[0]))
            most = max(most, Int(pixel[0]))
        }
        // Crops of 50 x 50: middles between 24.5 and 74.5, each as likely.
        #expect(abs(sums.x / Double(draws) - 49.5) < 1.2)
        #expect(abs(sums.y / Double(draws) - 49.5) < 1.2)
        #expect(least <= 52 && most >= 146)
    }

    @Test func flipHappensAsOftenAsAsked() throws {
        let pipeline = try ImagePipeline(
            [.randomHorizontalFlip(probability: 0.3), .centerCrop(size: 8)], normalize: .imagenet)
        let image = goldenPicture(8, 8)
        var random = SeededRandom(seed: 9)
        let flips = (0..<2000).count { _ in pipeline.transformed(image, random: &random) != image }
        #expect((520...680).contains(flips))
    }

    @Test func resizeKeepsTheAspectAndCropTakesTheMiddle() throws {
        let pipeline = try ImagePipeline([.resize(size: 256), .centerCrop(size: 224)], normalize: .imagenet)
        var random = SeededRandom(seed: 0)
        let image = goldenPicture(500, 375)
        let middle = image.resized(to: ImageSize(width: 341, height: 256))
        let result = pipeline.transformed(image, random: &random)
        #expect(result.width == 224 && result.height == 224)
        // torchvision rounds (341 - 224) / 2 = 58.5 to the even 58.
        for channel in 0..<3 {
            #expect(result.pixels[channel] == middle.pixels[(16 * 341 + 58) * 3 + channel])
        }
    }

    @Test func cropLargerThanTheImagePadsWithBlack() throws {
        let image = RGBImage(width: 2, height: 4, pixels: [UInt8](repeating: 200, count: 24))
        let result = image.centerCropped(to: 4)
        for y in 0..<4 {
            for x in 0..<4 {
                let expected: UInt8 = x == 1 || x == 2 ? 200 : 0
                #expect(result.pixels[(y * 4 + x) * 3] == expected)
            }
        }
    }

    @Test(arguments: [
        ([ImageTransform.resize(size: 32)], ImagePipelineError.noFixedSize),
        ([.centerCrop(size: 0)], .size(0)),
        ([.centerCrop(size: 8), .colorJitter(hue: 0.6)], .range),
        ([.centerCrop(size: 8), .randomHorizontalFlip(probability: 1.5)], .range),
    ])
    func badTransformsAreRefused(_ transforms: [ImageTransform], _ error: ImagePipelineError) {
        #expect(throws: error) { try ImagePipeline(transforms, normalize: .imagenet) }
    }
}
