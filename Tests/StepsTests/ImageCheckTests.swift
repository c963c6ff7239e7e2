// Images that a provider rejects or skips, and the number that a job skipped.

import AzureWire
import Basics
import Foundation
import Planning
import ProviderKit
import Steps
import Testing

@testable import Providers

@Suite struct ImageCheckTests {
    @Test func namesWhatIsRefusedAndWhatIsLeftOut() throws {
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
        let leftOut = try ImageCheck.leftOutOfTraining(examples, images)
        #expect(leftOut.map(\.path) == ["grey.png", "moving.gif", "large.png"])
        #expect(leftOut.first?.reason == "is grey, not RGB or RGBA")
    }

    private func event(_ message: String, _ level: EventLevel = .warning) -> TuningEvent {
        TuningEvent(FineTuningEvent(id: "ftevent-1", createdAt: 1, level: level, message: message))
    }

    private func job(epochs: Int, batch: Int) -> TuningResult {
        TuningResult(id: "ftjob-1", model: nil, epochs: epochs, batchSize: batch, detail: .null)
    }

    @Test func countsWhatAJobLeftOut() {
        let reported = TrainingCount.leftOut(
            of: 960, events: [event("19 of 960 examples were skipped because of their images.")],
            job: job(epochs: 2, batch: 6), steps: 320)
        #expect(reported == 19)
        // Two epochs of 150 steps of six: 900 of 960 at most.
        #expect(TrainingCount.leftOut(of: 960, events: [], job: job(epochs: 2, batch: 6), steps: 300) == 60)
        #expect(TrainingCount.leftOut(of: 960, events: [], job: job(epochs: 2, batch: 6), steps: 320) == 0)
        #expect(TrainingCount.leftOut(of: 957, events: [], job: job(epochs: 2, batch: 6), steps: 320) == 0)
        #expect(TrainingCount.leftOut(of: 960, events: [], job: job(epochs: 2, batch: 6), steps: nil) == 0)
        #expect(
            TrainingCount.leftOut(
                of: 960, events: [event("5 images were skipped", .info)], job: job(epochs: 2, batch: 6), steps: 320)
                == 0)
    }
}
