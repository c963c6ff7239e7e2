// Images that a provider rejects or skips, and the number that a job skipped.

import AzureWire
import Basics
import Foundation
import Planning
import ProviderKit
import Specification
import Testing

@testable import Providers
@testable import Steps

@Suite struct ImageCheckTests {
    @Test func namesRejectedAndSkippedImages() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "check-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func png(_ type: UInt8) -> Data {
            Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13] + Array("IHDR".utf8))
                + Data([0, 0, 0, 3, 0, 0, 0, 2, 8, type, 0, 0, 0])
        }
        let files: [(String, Data)] = [
            ("colour.png", png(2)), ("grey.png", png(0)), ("moving.gif", Data("GIF89a\u{3}\u{0}\u{2}\u{0}".utf8)),
            ("large.png", png(2) + Data(count: 11 << 20)),
        ]
        var examples: [Example] = [], images: [[ImageFile]] = []
        for (index, (name, data)) in files.enumerated() {
            let path = folder.appending(path: name).path
            try data.write(to: URL(fileURLWithPath: path))
            let digest = Digest(of: name)
            examples.append(
                Example(id: index, path: name, label: "a", digest: digest, bytes: data.count, width: 3, height: 2))
            images.append([ImageFile(path: path, digest: digest, bytes: data.count)])
        }
        #expect(try ImageCheck.refused(examples, images).map(\.path) == ["moving.gif", "large.png"])
        // Guards: images for Vertex AI were checked against 10 MB instead of 7 MB.
        let bytes = images[0][0].bytes
        for (most, isRefused) in [(bytes, false), (bytes - 1, true)] {
            let found = try ImageCheck.refused([examples[0]], [images[0]], maxBytes: most)
            #expect(found.isEmpty != isRefused, "\(most)")
        }
        #expect(ProviderLimits.vertex.requestImageBytes == 7_000_000)
        #expect(
            try ImageCheck.refused([examples[3]], [images[3]], maxBytes: ProviderLimits.vertex.requestImageBytes).map(\.reason)
                == ["has \(images[3][0].bytes) bytes, more than 7 MB"])
        let skipped = try ImageCheck.skippedInTraining(examples, images)
        #expect(skipped.map(\.path) == ["grey.png", "moving.gif", "large.png"])
        #expect(skipped.first?.reason == "is grey, not RGB or RGBA")
    }

    private func event(_ message: String, _ level: EventLevel = .warning) -> TuningEvent {
        TuningEvent(FineTuningEvent(id: "ftevent-1", createdAt: 1, level: level, message: message))
    }

    private func job(epochs: Int, batch: Int) -> TuningResult {
        TuningResult(id: "ftjob-1", model: nil, epochs: epochs, batchSize: batch, detail: .null)
    }

    @Test func countsWhatAJobLeftOut() {
        let reported = TrainingCount.skipped(
            of: 960, events: [event("19 of 960 examples were skipped because of their images.")],
            job: job(epochs: 2, batch: 6), steps: 320)
        #expect(reported == 19)
        // Two epochs of 150 steps of six: 900 of 960 at most.
        #expect(TrainingCount.skipped(of: 960, events: [], job: job(epochs: 2, batch: 6), steps: 300) == 60)
        #expect(TrainingCount.skipped(of: 960, events: [], job: job(epochs: 2, batch: 6), steps: 320) == 0)
        #expect(TrainingCount.skipped(of: 957, events: [], job: job(epochs: 2, batch: 6), steps: 320) == 0)
        #expect(TrainingCount.skipped(of: 960, events: [], job: job(epochs: 2, batch: 6), steps: nil) == 0)
        #expect(
            TrainingCount.skipped(
                of: 960, events: [event("5 images were skipped", .info)], job: job(epochs: 2, batch: 6), steps: 320)
                == 0)
    }

    /// Guards: a number of passes that a provider chose ended the program.
    @Test(
        arguments: [
            (2, nil, 200), (nil, 3, 300), (nil, nil, 100 * PriceTable.likelyEpochs), (.max, 3, 300), (0, 3, 300), (-5, 3, 300),
            (1000, 3, 100_000), (1001, nil, 100 * PriceTable.likelyEpochs), (nil, .max, .max),
        ] as [(Int?, Int?, Int)])
    func estimatedTokens(reported: Int?, set: Int?, expected: Int) {
        #expect(FineTuneRunner.estimatedTokens(ofOnePass: 100, reported: reported, set: set) == expected)
    }
}
