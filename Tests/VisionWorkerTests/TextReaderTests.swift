// The text reader behind the emulator: its output, and the effect of fine-tuning.

import Basics
import Foundation
import Testing
import VisionProtocol
import VisionWorker

@Suite(.serialized) struct TextReaderTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let weights = root.appending(path: "Sources/VisionWorker/Resources/text-reader.safetensors").path
    private static let lines = root.appending(path: "Tests/VisionWorkerTests/Goldens/lines")
    private static let model = EmulatedModel(kind: .shapes, inputSize: 64)

    private struct Row: Decodable {
        var path: String
        var text: String
    }

    private static func rows(_ table: String) throws -> [Row] {
        try JSONDecoder().decode([Row].self, from: Data(contentsOf: lines.appending(path: table)))
    }

    private static func read(_ rows: [Row], _ checkpoint: String? = nil) async throws -> [ReadTextCall.Reading] {
        var model = model
        model.checkpoint = checkpoint
        return try await EmulatedModels(readerWeights: weights).read(
            ReadTextCall(model: model, images: rows.map { .path(lines.appending(path: $0.path).path) })
        ).readings
    }

    /// Insertions, deletions and substitutions.
    private static func edits(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.unicodeScalars), Array(b.unicodeScalars))
        var row = Array(0...b.count)
        for i in a.indices {
            var diagonal = row[0]
            row[0] = i + 1
            for j in b.indices {
                (diagonal, row[j + 1]) = (row[j + 1], min(row[j + 1] + 1, row[j] + 1, diagonal + (a[i] == b[j] ? 0 : 1)))
            }
        }
        return row[b.count]
    }

    private static func errors(_ rows: [Row], _ checkpoint: String? = nil) async throws -> Int {
        zip(rows, try await read(rows, checkpoint)).reduce(0) { $0 + edits($1.0.text, $1.1.text) }
    }

    @Test func `prints in fonts that it was not trained on are read, line by line`() async throws {
        let rows = try Self.rows("lines.json")
        let readings = try await Self.read(rows)
        for (row, reading) in zip(rows, readings) {
            #expect(reading.lines.count == row.text.split(separator: "\n").count, "\(row.path): \(reading.text)")
            #expect(Self.edits(row.text, reading.text) * 8 <= row.text.count, "\(row.path): \(reading.text)")
        }
        let edits = zip(rows, readings).reduce(0) { $0 + Self.edits($1.0.text, $1.1.text) }
        #expect(edits * 12 <= rows.reduce(0) { $0 + $1.text.count }, "\(readings.map(\.text))")
    }

    @Test func `weights stay below a megabyte`() throws {
        #expect(try Data(contentsOf: URL(fileURLWithPath: Self.weights)).count < 1_000_000)
    }

    @Test func `characters are where they are`() async throws {
        let reading = try #require(try await Self.read([Row(path: "large.png", text: "")]).first)
        let line = try #require(reading.lines.first)
        var right = 0
        for character in line.characters {
            #expect(character.frame.left >= right - 1 && character.frame.right > character.frame.left, "\(line)")
            #expect(character.frame.right <= reading.width && character.frame.bottom <= reading.height, "\(line)")
            right = character.frame.right
        }
    }

    @Test func `pictures without text and files that are no pictures do not fail the others`() async throws {
        let call = ReadTextCall(
            model: Self.model,
            images: [
                .base64(Self.whitePicture), .base64("AAAA"), .base64("no base64"), .path("/no/such/file"),
                .path(Self.lines.appending(path: "large.png").path),
            ])
        let readings = try await EmulatedModels(readerWeights: Self.weights).read(call).readings
        #expect(readings.map { $0.unreadable == nil } == [true, false, false, false, true])
        #expect(readings[0].lines.isEmpty && !readings[4].lines.isEmpty)
    }

    private static let whitePicture =
        "iVBORw0KGgoAAAANSUhEUgAAACgAAAAeCAIAAADRv8uKAAAAKklEQVR4nO3NMQEAAAgDILV/51nBzwcK0Enqw7ysYrFYLBaLxWKxWCw+WROiAzmaldhuAAAAAElFTkSuQmCC"

    // MARK: Fine-tuning

    private static let prompt = "Write down the text of this picture."

    private static func file(_ rows: [Row], in folder: URL, prompt: String = prompt, json: Bool = false) throws -> String {
        let text = try rows.map { row in
            let image = try Data(contentsOf: lines.appending(path: row.path)).base64EncodedString()
            let answer = json ? JSONValue.object(["text": .string(row.text)]).canonical : row.text
            return JSONValue.object([
                "messages": [
                    [
                        "role": "user",
                        "content": [
                            ["type": "text", "text": .string(prompt)],
                            ["type": "image_url", "image_url": ["url": .string("data:image/png;base64," + image)]],
                        ],
                    ],
                    ["role": "assistant", "content": .string(answer)],
                ]
            ]).canonical
        }.joined(separator: "\n")
        let path = folder.appending(path: "train-\(UUID().uuidString).jsonl")
        try Data(text.utf8).write(to: path)
        return path.path
    }

    private static func tune(
        _ file: String, in folder: URL, objective: FineTuneObjective = .supervised, from checkpoint: String? = nil,
        epochs: Int = 14
    ) async throws -> (result: FineTuneCall.Result, checkpoint: String) {
        let output = folder.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
        var model = model
        model.weights = root.appending(path: "Sources/VisionWorker/Resources/shapes-base.safetensors").path
        model.checkpoint = checkpoint
        let result = try await EmulatedModels(readerWeights: weights).fineTune(
            FineTuneCall(
                model: model, objective: objective, trainingFile: file, batchSize: 4, learningRateMultiplier: 2, epochs: epochs,
                seed: 1, output: output.path, threads: 1))
        return (result, output.appending(path: "epoch-\(epochs).safetensors").path)
    }

    private static func folder() throws -> URL {
        let folder = FileManager.default.temporaryDirectory.appending(path: "reader-" + UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }

    /// Guards: fine-tuning through the emulator must lower the error rate on pictures other than the training pictures.
    @Test(arguments: [false, true])
    func `fine-tuning teaches a letter that the base model lacks`(json: Bool) async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let rows = try Self.rows("new.json")
        let (training, test) = (Array(rows.prefix(12)), Array(rows.suffix(6)))
        let tuned = try await Self.tune(Self.file(training, in: folder, json: json), in: folder)
        #expect(tuned.result.trained == 12 && tuned.result.skipped.isEmpty)
        let losses = tuned.result.steps.map(\.trainLoss)
        #expect((losses.last ?? 1) < (losses.first ?? 0) / 2, "\(losses)")
        let before = try await Self.errors(test)
        let after = try await Self.errors(test, tuned.checkpoint)
        #expect(after * 2 < before, "\(before) edits before, \(after) after")
        let texts = try await Self.read(test, tuned.checkpoint).map(\.text)
        #expect(texts.contains { $0.contains("ß") }, "\(texts)")
    }

    @Test func `equal jobs give equal checkpoints, and boxes of characters teach reading too`() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let rows = Array(try Self.rows("new.json").prefix(4))
        let file = try Self.file(rows, in: folder)
        let one = try await Self.tune(file, in: folder, epochs: 1)
        let two = try await Self.tune(file, in: folder, epochs: 1)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: one.checkpoint)) == Data(contentsOf: URL(fileURLWithPath: two.checkpoint)))
        let boxes = rows.map { row in
            let list = row.text.unicodeScalars.enumerated().reversed().map { index, character -> JSONValue in
                ["label": .string(String(character)), "box": [.int(Int64(10 * index)), 0, .int(Int64(10 * index + 9)), 9]]
            }
            return Row(path: row.path, text: JSONValue.object(["boxes": .array(list)]).canonical)
        }
        let three = try await Self.tune(Self.file(boxes, in: folder, prompt: "Find every letter."), in: folder, epochs: 1)
        #expect(three.result.trained == 4)
        #expect(
            try Data(contentsOf: URL(fileURLWithPath: three.checkpoint)) == Data(contentsOf: URL(fileURLWithPath: one.checkpoint))
        )
    }

    @Test func `examples that cannot be used are skipped with their reason`() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        var rows = Array(try Self.rows("new.json").prefix(3))
        rows[1].text = "two\nlines"
        let tuned = try await Self.tune(Self.file(rows, in: folder), in: folder, epochs: 1)
        #expect(tuned.result.trained == 2)
        #expect(
            tuned.result.skipped == [
                SkippedExample(line: 2, reason: "its text has 2 lines where 1 were found in its picture")
            ])
    }

    @Test func `a model that was tuned to read is not tuned on labels`() async throws {
        let folder = try Self.folder()
        defer { try? FileManager.default.removeItem(at: folder) }
        let rows = Array(try Self.rows("new.json").prefix(2))
        let tuned = try await Self.tune(Self.file(rows, in: folder), in: folder, epochs: 1)
        let labels = try Self.file(rows, in: folder, prompt: "Which word is it: [größe, straße]?")
        let failure = await #expect(throws: VisionFailure.self) {
            try await Self.tune(labels, in: folder, from: tuned.checkpoint, epochs: 1)
        }
        #expect(failure?.message.contains("was fine-tuned to read text") == true)
        // It can be trained further on text.
        let again = try await Self.tune(Self.file(rows, in: folder), in: folder, from: tuned.checkpoint, epochs: 1)
        #expect(again.result.trained == 2)
    }

    @Test(arguments: [
        ("Write down the text of this picture.", true), ("Transcribe the line", true), ("What is written here?", true),
        ("OCR", true), ("Read the digits.", true), ("Which digits occur?", false), ("Write a sentence about it.", false),
        ("Describe the picture.", false), ("Which animal is it?", false),
        ("Read the picture and choose: [cat, dog]", false), ("How many threads are there?", false), ("", false),
    ])
    func `prompts that ask for text`(prompt: String, asks: Bool) {
        #expect(ReadingPrompt.asksForText([prompt]) == asks, "\(prompt)")
    }
}
