// Validates a fine-tuning file as the service does before training.

import AzureWire
import Basics
import EmulatorCore
import Foundation
import VisionProtocol

/// The contents of a fine-tuning file.
struct TrainingSurvey: Sendable {
    /// Token count of each line, in file order; 0 for an empty line.
    var tokens: [Int] = []
    var examples = 0
    /// Lines (counted from 0) that training skips without an error, with the reason.
    var skipped: [Int: String] = [:]
    /// Number of lines with more than ten images, a lower limit that the documentation also mentions.
    var crowded = 0
    /// The first few problems that make the file unusable, with their lines.
    var problems: [String] = []

    private static let maxProblems = 5
    private static let crowd = 10

    /// One line in a form common to all methods: the messages, and a problem if the line is invalid.
    private struct Example {
        var messages: [ChatMessage]
        var problem: String?
    }

    /// Reads the file in constant memory; accepts a byte order mark.
    static func of(
        _ file: URL, method: FineTuningMethodType, limits: ServiceLimits
    ) async throws -> TrainingSurvey {
        var survey = TrainingSurvey()
        var reader = try LineReader(file)
        var withImages = 0
        while var bytes = try reader.next() {
            if Task.isCancelled { return survey }
            let line = survey.tokens.count + 1
            if line == 1, bytes.starts(with: BatchSurvey.bom) { bytes = bytes.dropFirst(BatchSurvey.bom.count) }
            if bytes.allSatisfy({ $0 == 32 || $0 == 9 }) {
                survey.tokens.append(0)
                continue
            }
            survey.examples += 1
            guard let example = example(Data(bytes), method) else {
                survey.add("Line \(line) is not \(form(method)) in JSON.")
                survey.tokens.append(0)
                continue
            }
            let images = example.messages.flatMap { $0.content?.images ?? [] }
            if let problem = example.problem ?? problem(of: example.messages, images.count, limits: limits) {
                survey.add("Line \(line): \(problem)")
            }
            if !images.isEmpty { withImages += 1 }
            if images.count > crowd { survey.crowded += 1 }
            var tokens = example.messages.reduce(0) { $0 + TokenRule.tokens(of: $1.content?.text ?? "") }
            for image in images {
                tokens += Self.tokens(of: image)
                if let reason = Self.whySkipped(image) { survey.skipped[line - 1] = reason }
            }
            survey.tokens.append(tokens)
        }
        if withImages > limits.imageExamples {
            survey.add("The file has more than \(limits.imageExamples) examples with images.")
        }
        if survey.examples < limits.examples, survey.problems.isEmpty {
            survey.add(
                "Training file has \(survey.examples) example(s), but must have at least \(limits.examples) "
                    + "examples.")
        }
        return survey
    }

    private static func form(_ method: FineTuningMethodType) -> String {
        switch method {
        case .dpo: "a preference pair with 'input', 'preferred_output' and 'non_preferred_output'"
        case .reinforcement: "a prompt with 'messages'"
        default: "a chat example"
        }
    }

    private static func example(_ line: Data, _ method: FineTuningMethodType) -> Example? {
        switch method {
        case .dpo:
            guard let pair = try? PreferenceLine(json: line) else { return nil }
            let outputs = [pair.preferredOutput, pair.nonPreferredOutput]
            var problem: String?
            if outputs.contains(where: { $0.isEmpty || $0.contains { $0.role != .assistant } }) {
                problem = "both outputs must be messages of the assistant."
            } else if outputs.contains(where: { ($0.last?.content?.text ?? "").isEmpty }) {
                problem = "both outputs must not be empty."
            } else if outputs[0] == outputs[1] {
                problem = "the two outputs are the same."
            } else if pair.input.messages.last?.role != .user {
                problem = "the last message of 'input' must be the user's."
            }
            return Example(messages: pair.input.messages + outputs.joined(), problem: problem)
        case .reinforcement:
            guard let prompt = try? ReinforcementLine(json: line) else { return nil }
            let isAsking = prompt.messages.last?.role == .user
            return Example(
                messages: prompt.messages, problem: isAsking ? nil : "the last message must be the user's.")
        default:
            guard let example = try? SupervisedLine(json: line) else { return nil }
            let last = example.messages.last
            let isAnswered = last?.role == .assistant && !(last?.content?.text ?? "").isEmpty
            return Example(
                messages: example.messages,
                problem: isAnswered ? nil : "the last message must be the assistant's, and not empty.")
        }
    }

    private static func problem(of messages: [ChatMessage], _ images: Int, limits: ServiceLimits) -> String? {
        for message in messages {
            guard message.role.isKnown else { return "'\(message.role)' is not a role." }
            let images = message.content?.images ?? []
            if !images.isEmpty, message.role != .user { return "only user messages may contain images." }
            for image in images where !image.url.hasPrefix("data:") && !image.url.hasPrefix("http") {
                return "an image is neither a data URL nor a web address."
            }
        }
        return images > limits.imagesPerExample ? "it has more than \(limits.imagesPerExample) images." : nil
    }

    /// The beginning of the image data, long enough for its header, and the image's size in bytes.
    private static func head(of image: ImageURL) -> (start: Data, bytes: Int)? {
        guard image.url.hasPrefix("data:"), let comma = image.url.utf8.firstIndex(of: UInt8(ascii: ",")) else {
            return nil
        }
        let base64 = image.url.utf8[image.url.utf8.index(after: comma)...]
        guard let start = Data(base64Encoded: Data(base64.prefix(headCount))) else { return nil }
        return (start, base64.count / 4 * 3)
    }

    /// Number of Base64 characters that contains a JPEG's frame header even after a thumbnail and a colour profile.
    private static let headCount = 1 << 20

    private static func whySkipped(_ image: ImageURL) -> String? {
        guard let head = head(of: image) else { return nil }
        return ImageHead.trainingSkipReason(ImageHead(of: head.start), bytes: head.bytes)
    }

    /// Counts tokens as for chat; uses low detail if the image size cannot be read.
    private static func tokens(of image: ImageURL) -> Int {
        let detail = image.detail ?? .auto
        guard detail != .low, let head = head(of: image).flatMap({ ImageHead(of: $0.start) }) else {
            return TokenRule.lowDetail
        }
        return TokenRule.tokens(width: head.width, height: head.height, detail: detail)
    }

    private mutating func add(_ problem: String) {
        if problems.count < Self.maxProblems { problems.append(problem) }
    }
}
