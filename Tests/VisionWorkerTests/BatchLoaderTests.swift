// What the loader hands out does not depend on its threads.

import Basics
import Foundation
import Testing
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
            firstPixels.append(batch.withPixels { start in
                (0..<batch.count).compactMap { start?[$0 * 12] }
            })
        }
        let expected = (0..<6).map { number in (number * 4..<min(23, number * 4 + 4)).map { UInt8($0) } }
        #expect(firstPixels == expected)
    }

    @Test func theFirstBrokenPictureIsTold() throws {
        let loader = BatchLoader(count: 8, batchSize: 4, side: 2, threads: 3) { index in
            if index == 5 { throw Broken() }
            return load(index)
        }
        defer { loader.stop() }
        #expect(try loader.next()?.count == 4)
        #expect(throws: Broken.self) { try loader.next() }
    }
}
