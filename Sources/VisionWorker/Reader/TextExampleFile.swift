// Reads the lines and texts of a fine-tuning file.

import Basics
import Foundation
import VisionProtocol

/// The lines of a fine-tuning file that asks to read.
struct TextExampleFile: Sendable {
    private(set) var examples: [TextExample] = []
    /// Number of chat examples that `examples` come from: a page has several lines.
    private(set) var pages = 0
    private(set) var skipped: [SkippedExample] = []

    /// The text to learn from an example: its answer if the prompt asks for text, or the characters of a single line of
    /// boxes from left to right; `nil` for an example without text.
    private static func text(of example: ChatExample) -> String? {
        guard let answer = example.label else { return nil }
        if let characters = characters(ofBoxesIn: answer) { return characters }
        // The answer to another task about the text, such as its fields or a count of characters, is not the text.
        let isOfFields = (try? JSONValue(parsing: Data(answer.utf8)))?.object != nil
        let isOfCount = example.prompt.contains(where: ReadingPrompt.asksForCount)
        return ReadingPrompt.asksForText(example.prompt) && !isOfFields && !isOfCount ? answer : nil
    }

    private static func characters(ofBoxesIn answer: String) -> String? {
        guard let value = try? JSONValue(parsing: Data(answer.utf8)) else { return nil }
        let only = value.object.flatMap { $0.count == 1 ? $0.values.first : nil }
        guard let boxes = value.array ?? only?.array, !boxes.isEmpty else { return nil }
        var placed: [(x: Double, label: String)] = []
        for box in boxes {
            guard let label = box["label"]?.string, label.unicodeScalars.count == 1,
                let x = box["box"]?.array?.first?.double
            else { return nil }
            placed.append((x, label))
        }
        return placed.sorted { $0.x < $1.x }.map(\.label).joined()
    }

    /// Whether the first usable example of a file teaches reading.
    ///
    /// - Throws: ``VisionFailure``, `fileSystem`, if the file cannot be read.
    static func asksForText(_ path: String) throws -> Bool {
        try reading(path) {
            var lines = try LineReader(path: path)
            while let line = try lines.next() {
                if let example = try? ChatExample(line: line) { return text(of: example) != nil }
            }
            return false
        }
    }

    /// Reads a file of chat examples. Skips invalid lines, images that do not decode, and pages whose number of lines
    /// differs from that of their text.
    ///
    /// - Throws: ``VisionFailure``, `fileSystem`, if the file cannot be read; `CancellationError`.
    nonisolated(nonsending) static func read(_ path: String, threads: Int) async throws -> TextExampleFile {
        var file = TextExampleFile()
        var read: [(number: Int, line: Data)] = []
        try reading(path) {
            var lines = try LineReader(path: path)
            while let line = try lines.next() { read.append((lines.number, line)) }
        }
        let found = read
        let pages = try await parallelMap(count: found.count, threads: threads, run: 8) { index in
            Result { try examples(found[index].line, number: found[index].number) }
        }
        for (index, page) in pages.enumerated() {
            switch page {
            case .success(let examples):
                file.examples += examples
                file.pages += 1
            case .failure(let error):
                let reason = (error as? ChatExample.Unusable)?.reason ?? "\(error)"
                file.skipped.append(SkippedExample(line: found[index].number, reason: reason))
            }
        }
        return file
    }

    private static func examples(_ line: Data, number: Int) throws -> [TextExample] {
        let example = try ChatExample(line: line)
        let picture: RGBImage
        do {
            picture = try ImageDecoder.decode(example.picture, name: "line \(number)")
        } catch let error as ImageError {
            throw ChatExample.Unusable(reason: "its picture " + error.reason)
        }
        guard let text = text(of: example) else {
            throw ChatExample.Unusable(reason: "neither asks for text nor has boxes of single characters, unlike the first one")
        }
        let texts = TextAlphabet.lines(of: text)
        let lines = PageLines(picture).lines
        guard lines.count == texts.count else {
            throw ChatExample.Unusable(
                reason: "its text has \(texts.count) lines where \(lines.count) were found in its picture")
        }
        return zip(lines, texts).map { TextExample(line: $0, text: $1) }
    }

    private static func reading<Value>(_ path: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as CocoaError {
            throw VisionFailure(code: .fileSystem, message: "\(path): cannot be read: \(error.localizedDescription)")
        }
    }
}
