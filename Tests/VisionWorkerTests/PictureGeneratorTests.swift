// Generated pictures: reproducible, varied, and drawn in two independent ways.

import Basics
import Foundation
import Testing
import VisionProtocol
import VisionWorker

@Suite struct PictureGeneratorTests {
    @Test func folderHasTheLabelsAndTheSameBytesEachTime() async throws {
        let folders = try (TemporaryFolder(), TemporaryFolder())
        let call = GeneratePicturesCall(
            kind: .shapes, labels: 3, perLabel: 4, seed: 7, style: .typical, folder: folders.0.path)
        let result = try await PictureGenerator.generate(call, threads: 2)
        #expect(result.labels == ["circle", "square", "triangle"])
        #expect(result.paths.count == 12)
        #expect(result.paths.first == "circle/circle-001.jpg")
        var again = call
        again.folder = folders.1.path
        _ = try await PictureGenerator.generate(again, threads: 1)
        for path in result.paths {
            let bytes = try [folders.0, folders.1].map { try Data(contentsOf: URL(fileURLWithPath: "\($0.path)/\(path)")) }
            #expect(bytes[0] == bytes[1])
            let image = try ImageDecoder.decode(bytes[0], name: path)
            #expect(image.width == 64 && image.height == 64)
        }
    }

    @Test func picturesDifferBySeedIndexAndLabel() {
        let picture = ShapePictures.picture(of: .ring, index: 1, seed: 7, style: .typical)
        #expect(picture == ShapePictures.picture(of: .ring, index: 1, seed: 7, style: .typical))
        #expect(picture != ShapePictures.picture(of: .ring, index: 2, seed: 7, style: .typical))
        #expect(picture != ShapePictures.picture(of: .ring, index: 1, seed: 8, style: .typical))
        #expect(picture != ShapePictures.picture(of: .circle, index: 1, seed: 7, style: .typical))
    }

    @Test(arguments: [1, 17])
    func noTwoPicturesOfAFolderLookAlike(_ seed: UInt64) {
        let hashes = ShapeLabel.allCases.flatMap { label in
            (1...20).map { index in
                PerceptualHash(of: ShapePictures.picture(of: label, index: index, seed: seed, style: .typical))
            }
        }
        for (place, hash) in hashes.enumerated() {
            for other in hashes[(place + 1)...] where hash.distance(to: other) == 0 {
                Issue.record("two pictures have the fingerprint \(hash.hex)")
            }
        }
    }

    @Test func practicePicturesAreOtherPictures() {
        for label in ShapeLabel.allCases {
            let practice = PracticePictures.picture(of: label, index: 1, seed: 7)
            #expect(practice == PracticePictures.picture(of: label, index: 1, seed: 7))
            #expect(practice != ShapePictures.picture(of: label, index: 1, seed: 7, style: .typical))
        }
    }

    @Test(arguments: [0, 1, 17])
    func impossibleNumbersOfLabelsAreRefused(_ labels: Int) async throws {
        let folder = try TemporaryFolder()
        await #expect(throws: VisionFailure.self) {
            try await PictureGenerator.generate(
                GeneratePicturesCall(
                    kind: .shapes, labels: labels, perLabel: 1, seed: 7, style: .typical, folder: folder.path))
        }
    }

    @Test(arguments: [
        ("size", PictureStyle(size: 48, noise: 0.05, rotation: 30, colorShift: 0.1)),
        ("noise", PictureStyle(size: 64, noise: 0.06, rotation: 30, colorShift: 0.1)),
        ("rotation", PictureStyle(size: 64, noise: 0.05, rotation: 31, colorShift: 0.1)),
        ("color-shift", PictureStyle(size: 64, noise: 0.05, rotation: 30, colorShift: 0.11)),
    ])
    func everyPartOfTheStyleShows(_ id: String, _ style: PictureStyle) {
        let picture = ShapePictures.picture(of: .arrow, index: 1, seed: 7, style: style)
        #expect(picture.width == style.size && picture.height == style.size)
        #expect(picture != ShapePictures.picture(of: .arrow, index: 1, seed: 7, style: .typical))
    }
}

extension PictureStyle {
    /// The settings of most tests.
    static let typical = PictureStyle(size: 64, noise: 0.05, rotation: 30, colorShift: 0.1)
}
