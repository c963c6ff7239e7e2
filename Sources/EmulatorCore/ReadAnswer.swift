// Answers in the requested form from the text that the reader found in a picture.

import Basics
import Foundation
import VisionProtocol

/// Fills an answer from the lines of a question's pictures, by rules that use only the question, the schema and the text.
/// There is no answer if the rules cannot fill it.
struct ReadAnswer {
    /// The text of all pictures, in order, with the size of the first one.
    let reading: ReadTextCall.Reading
    /// The first picture, in which boxes are stated.
    private let first: ReadTextCall.Reading
    /// The question's text, without the system's.
    let question: String

    /// - Parameter readings: one for each picture of the question, at least one.
    init(readings: [ReadTextCall.Reading], question: String) {
        first = readings.first ?? ReadTextCall.Reading(width: 0, height: 0, lines: [])
        var all = first
        all.lines = readings.flatMap(\.lines)
        reading = all
        self.question = question
    }

    /// The answer's text; `nil` where the text of the picture gives none.
    func text(_ form: AnswerForm) -> String? {
        guard !reading.lines.isEmpty else { return nil }
        return switch form {
        case .text: counted.map(String.init) ?? reading.text
        case .json: form.text(reading.text)
        case .value(let property, let schema): value(schema).map { JSONValue.object([property: $0]).canonical }
        }
    }

    /// The number of occurrences of the character that the question names; `nil` if it does not ask for such a count.
    private var counted: Int? {
        guard ReadingPrompt.asksForCount(question) else { return nil }
        let named =
            question.firstMatch(of: /["'“‘](\S)["'”’]/)?.output.1
            ?? question.firstMatch(of: /(?i)\b(?:digits?|letters?|characters?|figures?)\s+(\S)(?:s|\b)/)?.output.1
            ?? question.firstMatch(of: /(?i)\bhow many (\S)(?:'?s)\b/)?.output.1
        guard let character = named?.unicodeScalars.first else { return nil }
        return reading.lines.reduce(0) { $0 + $1.characters.count { $0.text.unicodeScalars.first == character } }
    }

    private func value(_ schema: JSONValue) -> JSONValue? {
        switch schema.plainType {
        case "integer", "number": counted.map { .int(Int64($0)) } ?? onlyNumber(schema)
        case "array": schema["items"].flatMap(list)
        case "object": FieldFinder(lines: reading.lines.map(\.text)).object(schema)
        default: nil
        }
    }

    /// The number of a picture that shows a single one, as a meter does.
    private func onlyNumber(_ schema: JSONValue) -> JSONValue? {
        let numbers = FieldFinder.numbers(in: reading.text)
        guard numbers.count == 1 else { return nil }
        return FieldFinder.json(numbers[0], isWhole: schema.plainType == "integer")
    }

    /// Tags or boxes of single characters, or tags that are words of the text.
    private func list(_ items: JSONValue) -> JSONValue? {
        if let labels = items["enum"]?.array?.compactMap(\.string), !labels.isEmpty {
            let isOfCharacters = labels.allSatisfy { $0.unicodeScalars.count == 1 }
            let words = Set(reading.text.lowercased().split { !$0.isLetter && !$0.isNumber }.map(String.init))
            let found = labels.filter { isOfCharacters ? reading.text.contains($0) : words.contains($0.lowercased()) }
            guard isOfCharacters || !found.isEmpty else { return nil }
            return .array(found.map(JSONValue.string))
        }
        guard let label = items["properties"]?["label"], let box = items["properties"]?["box"],
            let labels = label["enum"]?.array?.compactMap(\.string), !labels.isEmpty,
            labels.allSatisfy({ $0.unicodeScalars.count == 1 })
        else { return nil }
        let isShare = box["items"]?.plainType == "number"
        return .array(
            first.lines.flatMap(\.characters).filter { labels.contains($0.text) }.map { character in
                ["label": .string(character.text), "box": .array(numbers(character.frame, isShare: isShare))]
            })
    }

    /// The corners in the order and scale that the question requests: thousandths of the picture unless it requests
    /// pixels, shares, or y first.
    private func numbers(_ frame: ReadTextCall.Frame, isShare: Bool) -> [JSONValue] {
        let isInPixels = question.contains(/(?i)\bpixels?\b/)
        func scaled(_ value: Int, _ size: Int) -> JSONValue {
            let share = Double(value) / Double(max(1, size))
            return isShare
                ? .double((share * 1e4).rounded() / 1e4) : .int(Int64(isInPixels ? Double(value) : (share * 1000).rounded()))
        }
        let xs = [scaled(frame.left, reading.width), scaled(frame.right, reading.width)]
        let ys = [scaled(frame.top, reading.height), scaled(frame.bottom, reading.height)]
        let isRowFirst = question.contains(/(?i)\by_?(min|1)\W+x_?(min|1)\b/)
        return isRowFirst ? [ys[0], xs[0], ys[1], xs[1]] : [xs[0], ys[0], xs[1], ys[1]]
    }
}

extension JSONValue {
    /// The schema's type, ignoring the alternative of null.
    var plainType: String? {
        if let choices = self["anyOf"]?.array { return choices.lazy.compactMap(\.plainType).first { $0 != "null" } }
        return self["type"]?.string ?? self["type"]?.array?.compactMap(\.string).first { $0 != "null" }
    }
}
