// The loader's batches do not depend on its threads.

import Basics
import Foundation
import Testing
import VisionProtocol
import VisionWorker

@Suite struct BatchLoaderTests {
    private struct Broken: Error {}

    /// Pictures of one colour, loaded in an uneven time, so that threads overtake each other.
    private func load(_ index: Int) -> RGBImage {
        Thread.sleep(forTimeInterval: Double((index * 7) % 5) / 1000)
        return RGBImage(width: 2, height: 2, pixels: [UInt8](repeating: UInt8(index), count: 12))
    }

    @Test(arguments: [1, 2, 5]) func batchesComeInOrder(threads: Int) throws {
        let loader = BatchLoader(count: 23, batchSize: 4, side: 2, threads: threads, load: load)
        defer { loader.stop() }
        var firstPixels: [[UInt8]] = []
        while let batch = try loader.next() {
            firstPixels.append(
                batch.withPixels { start in
                    (0..<batch.count).compactMap { start?[$0 * 12] }
                })
        }
        let expected = (0..<6).map { number in (number * 4..<min(23, number * 4 + 4)).map { UInt8($0) } }
        #expect(firstPixels == expected)
    }

    /// Augmented pictures are the same bytes however many threads augment them.
    @Test func augmentationDoesNotDependOnThreads() throws {
        let transforms: [ImageTransform] = [
            .randomResizedCrop(size: 8, scale: 0.5...1), .randomHorizontalFlip(),
            .colorJitter(brightness: 0.4, contrast: 0.4, saturation: 0.4, hue: 0.2),
        ]
        let pipeline = try ImagePipeline(transforms, normalize: .imagenet)
        var random = SeededRandom(seed: 5)
        let picture = RGBImage(
            width: 12, height: 10, pixels: (0..<360).map { _ in UInt8(truncatingIfNeeded: random.next()) })
        let batches = try [1, 2, 5].map { threads in
            let loader = BatchLoader(count: 23, batchSize: 4, side: 8, threads: threads) { index in
                Thread.sleep(forTimeInterval: Double((index * 7) % 5) / 1000)
                var random = SeededRandom(seed: UInt64(index))
                return pipeline.transformed(picture, random: &random)
            }
            defer { loader.stop() }
            var bytes = Data()
            while let batch = try loader.next() {
                batch.withPixels { bytes.append($0!, count: batch.count * 8 * 8 * 3) }
            }
            return bytes
        }
        #expect(batches[0].count == 23 * 8 * 8 * 3)
        #expect(Set(batches).count == 1)
        #expect(batches[0].prefix(192) != batches[0].dropFirst(192).prefix(192))
    }

    @Test func firstBrokenPictureIsReported() throws {
        let loader = BatchLoader(count: 8, batchSize: 4, side: 2, threads: 3) { index in
            if index == 5 { throw Broken() }
            return load(index)
        }
        defer { loader.stop() }
        #expect(try loader.next()?.count == 4)
        #expect(throws: Broken.self) { try loader.next() }
    }
}
