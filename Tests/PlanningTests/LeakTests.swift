// Images that occur in more than one part of a split.

import Basics
import Planning
import Specification
import Testing

@Suite("Leaks")
struct LeakTests {
    static func report(_ images: [(bytes: String, hash: String?)], nearDistance: Int = 4) throws -> LeakReport {
        let manifest = DatasetManifest(
            images.enumerated().map { index, image in
                ManifestEntry(
                    path: "a/\(index).jpg", label: "a", digest: Digest(of: image.bytes), bytes: 1, width: 1, height: 1,
                    perceptualHash: image.hash)
            })
        let split = try SplitSpec(train: 2, validation: 1, test: 1).split(manifest)
        return LeakReport(split, of: manifest, nearDistance: nearDistance)
    }

    @Test func differentImagesDoNotLeak() throws {
        let report = try LeakTests.report([
            ("1", "0000000000000000"), ("2", "00000000000000ff"), ("3", "ffff000000000000"), ("4", nil),
        ])
        #expect(report.identical.isEmpty && report.similar.isEmpty)
        #expect(report.unhashed == 1)
    }

    @Test func identicalAndSimilarImagesAreDistinguished() throws {
        let report = try LeakTests.report([
            ("1", "0000000000000000"), ("2", "00000000000000ff"), ("1", "0000000000000000"), ("4", "000000000000000f"),
        ])
        #expect(report.identical.map(\.first.path) == ["a/0.jpg"])
        #expect(report.identical.map(\.second.part) == [.validation])
        #expect(report.identical.allSatisfy { $0.distance == nil })
        // 0 and 1 of train are four bits away from the test image, and so is the validation image.
        #expect(
            report.similar.map { "\($0.first.path) \($0.second.path) \($0.distance ?? -1)" } == [
                "a/0.jpg a/3.jpg 4", "a/1.jpg a/3.jpg 4", "a/2.jpg a/3.jpg 4",
            ])
    }

    @Test func theDistanceIsInclusive() throws {
        let images: [(String, String?)] = [("1", "0000000000000000"), ("2", nil), ("3", nil), ("4", "000000000000001f")]
        #expect(try LeakTests.report(images).similar.isEmpty)
        #expect(try LeakTests.report(images, nearDistance: 5).similar.count == 1)
    }

    @Test func imagesWithinOnePartAreNotALeak() throws {
        let report = try LeakTests.report([("1", "0000000000000000"), ("1", "0000000000000000"), ("3", nil), ("4", nil)])
        #expect(report.identical.isEmpty && report.similar.isEmpty)
    }
}
