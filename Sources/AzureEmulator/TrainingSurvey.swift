// Looks through a fine-tuning file as the service does before it trains.

import AzureWire
import Basics
import Foundation

/// What a supervised fine-tuning file holds.
struct TrainingSurvey: Sendable {
    /// Tokens of each line, in the order of the file.
    var tokens: [Int] = []
    /// Lines with more images than the documentation's other figure of ten.
    var crowded = 0
    /// Why the file cannot be used: at most a few, with their lines.
    var problems: [String] = []

    private static let mostProblems = 5
    private static let crowd = 10

    /// Reads the file with flat memory; a byte order mark is accepted.
    static func of(_ file: URL, limits: ServiceLimits) async throws -> TrainingSurvey {
        var survey = TrainingSurvey()
        var reader = try LineReader(file)
        var line = 0
        var withImages = 0
        while var bytes = try reader.next() {
            if Task.isCancelled { return survey }
            line += 1
            if line == 1, bytes.starts(with: BatchSurvey.bom) { bytes = bytes.dropFirst(BatchSurvey.bom.count) }
            if bytes.allSatisfy({ $0 == 32 || $0 == 9 }) { continue }
            guard let example = try? JSONDecoder().decode(SupervisedLine.self, from: Data(bytes)) else {
                survey.add("Line \(line) is not a chat example in JSON.")
                continue
            }
            if let problem = problem(of: example, limits: limits) { survey.add("Line \(line): \(problem)") }
            let images = example.messages.flatMap { $0.content?.images ?? [] }
            if !images.isEmpty { withImages += 1 }
            if images.count > crowd { survey.crowded += 1 }
            survey.tokens.append(tokens(of: example))
        }
        if withImages > limits.imageExamples {
            survey.add("The file has more than \(limits.imageExamples) examples with images.")
        }
        if survey.tokens.count < limits.examples, survey.problems.isEmpty {
            survey.add(
                "Training file has \(survey.tokens.count) example(s), but must have at least \(limits.examples) "
                    + "examples.")
        }
        return survey
    }

    private static func problem(of example: SupervisedLine, limits: ServiceLimits) -> String? {
        guard let last = example.messages.last else { return "'messages' is empty." }
        guard last.role == .assistant, !(last.content?.text ?? "").isEmpty else {
            return "the last message must be the assistant's, and not empty."
        }
        for message in example.messages {
            guard message.role.isKnown else { return "'\(message.role)' is not a role." }
            let images = message.content?.images ?? []
            if !images.isEmpty, message.role != .user { return "only user messages may hold images." }
            for image in images where !image.url.hasPrefix("data:") && !image.url.hasPrefix("http") {
                return "an image is neither a data URL nor a web address."
            }
        }
        let images = example.messages.flatMap { $0.content?.images ?? [] }.count
        if images > limits.imagesPerExample { return "it has more than \(limits.imagesPerExample) images." }
        return nil
    }

    /// Text by `TokenRule`; an image as in chat, at low detail where its size cannot be read.
    private static func tokens(of example: SupervisedLine) -> Int {
        var tokens = 0
        for message in example.messages {
            tokens += TokenRule.tokens(of: message.content?.text ?? "")
            for image in message.content?.images ?? [] {
                let detail = image.detail ?? .auto
                let comma = image.url.firstIndex(of: ",") ?? image.url.startIndex
                if detail != .low, let data = Data(base64Encoded: String(image.url[comma...].dropFirst())),
                    let size = ImageSize(of: data)
                {
                    tokens += TokenRule.tokens(of: size, detail: detail)
                } else {
                    tokens += TokenRule.lowDetail
                }
            }
        }
        return tokens
    }

    private mutating func add(_ problem: String) {
        if problems.count < Self.mostProblems { problems.append(problem) }
    }
}
