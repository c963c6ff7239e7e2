// Reads a tuning file as the service does before training, and translates it for the vision worker.

import Basics
import EmulatorCore
import Foundation
import VertexWire
import VisionProtocol

/// The contents of a tuning file.
struct TuningSurvey: Sendable {
    /// One example's counts.
    struct Example: Sendable {
        var input = 0
        var output = 0
        var messages = 0
    }

    /// By line, from 0, without the dropped ones.
    var examples: [Int: Example] = [:]
    /// Lines, counted from 0, that training drops, with the reason.
    var dropped: [Int: String] = [:]
    /// All examples of the file.
    var count = 0
    var characters = 0
    /// The first problems that make the file unusable, with their lines.
    var problems: [String] = []

    var tokens: Int { examples.values.reduce(0) { $0 + $1.input + $1.output } }

    private static let maxProblems = 5
    private static let images = ["image/jpeg", "image/png", "image/webp"]

    /// Reads the file in constant memory and writes the usable examples to `output`, one line each, in the form that
    /// the vision worker trains on.
    /// - Parameters:
    ///   - rejected: lines, from 0, whose images the screening rejects.
    ///   - stored: the object of a `gs://` URI; `nil` if there is none.
    static func of(
        _ file: URL, writing output: URL, family: ModelFamily, limits: VertexLimits, rejected: (Int) -> Set<Int>,
        stored: @Sendable (String) async -> StoredImage?
    ) async throws -> TuningSurvey {
        var survey = TuningSurvey()
        let screened = rejected(try lines(in: file))
        let writer = try FileHandle.truncating(output)
        defer { try? writer.close() }
        var reader = try LineReader(file)
        var line = -1
        while let bytes = try reader.next() {
            try Task.checkCancellation()
            if bytes.allSatisfy({ $0 == 32 || $0 == 9 }) { continue }
            line += 1
            survey.count += 1
            do throws(GoogleError) {
                let (example, chat, reason) = try await read(bytes, family: family, limits: limits, stored: stored)
                survey.characters += example.characters
                if let reason = reason ?? (screened.contains(line) ? "The image was rejected by the safety filter." : nil) {
                    survey.dropped[line] = reason
                } else {
                    survey.examples[line] = example.counts
                    do { try writer.write(contentsOf: Data(chat.canonical.utf8) + [10]) } catch {
                        throw GoogleError(describing: error)
                    }
                }
            } catch {
                if survey.problems.count < maxProblems { survey.problems.append("Line \(line + 1): \(error.message)") }
            }
        }
        if survey.count == 0 { survey.problems.append("The file has no examples.") }
        return survey
    }

    private static func lines(in file: URL) throws -> Int {
        var reader = try LineReader(file)
        var count = 0
        while let bytes = try reader.next() {
            if !bytes.allSatisfy({ $0 == 32 || $0 == 9 }) { count += 1 }
        }
        return count
    }

    /// One example: its counts, the line for the worker, and why it is dropped. Throws for an invalid line.
    private static func read(
        _ bytes: Data, family: ModelFamily, limits: VertexLimits, stored: @Sendable (String) async -> StoredImage?
    ) async throws(GoogleError) -> (example: (counts: Example, characters: Int), chat: JSONValue, reason: String?) {
        guard let parsed = try? JSONValue(parsing: bytes) else { throw .invalid("it is not JSON.") }
        let normalized = try ProtoJSON.normalized(parsed, as: "TrainingLine")
        guard let line = try? TuningLine(proto: normalized) else { throw .invalid("it is not an example.") }
        let contents = line.contents ?? []
        guard contents.last?.role == "model" else { throw .invalid("the last turn must have the role 'model'.") }
        guard contents.last?.parts?.contains(where: { $0.text?.isEmpty == false }) == true else {
            throw .invalid("the last turn must have a text.")
        }
        var counts = Example()
        var characters = 0
        var images = 0
        var reason: String?
        var messages: [JSONValue] = []
        if let system = line.systemInstruction {
            let text = text(of: system)
            counts.input += TokenRule.tokens(of: text)
            characters += text.count
            messages.append(["role": "system", "content": .string(text)])
        }
        for content in contents {
            guard let role = content.role, ["user", "model"].contains(role) else {
                throw .invalid("Please use a valid role: user, model.")
            }
            counts.messages += 1
            let text = text(of: content)
            characters += text.count
            if role == "user" { counts.input += TokenRule.tokens(of: text) } else { counts.output += TokenRule.tokens(of: text) }
            var parts: [JSONValue] = text.isEmpty ? [] : [["type": "text", "text": .string(text)]]
            for part in content.parts ?? [] {
                guard part.fileData != nil || part.inlineData != nil else { continue }
                guard role == "user" else { throw .invalid("only turns of the user may have images.") }
                images += 1
                counts.input += family.trainingTokens(
                    ofImageAt: part.mediaResolution?.level?.rawValue ?? line.generationConfig?.mediaResolution?.rawValue)
                let image = await picture(of: part, limits: limits, stored: stored)
                switch image {
                case .success(let url): parts.append(["type": "image_url", "image_url": ["url": .string(url)]])
                case .failure(let problem): reason = reason ?? problem.reason
                }
            }
            if role == "user" {
                messages.append(["role": "user", "content": .array(parts)])
            } else {
                messages.append(["role": "assistant", "content": .string(text)])
            }
        }
        if images > limits.imagesPerExample {
            reason = "The example has \(images) images; at most \(limits.imagesPerExample) are supported."
        } else if counts.input + counts.output > limits.exampleTokens {
            reason = "The example has \(counts.input + counts.output) tokens; at most \(limits.exampleTokens) are supported."
        }
        return ((counts, characters), ["messages": .array(messages)], reason)
    }

    private struct Dropped: Error { var reason: String }

    private static func text(of content: Content) -> String { (content.parts ?? []).compactMap(\.text).joined(separator: "\n") }

    /// The image as a data URL, or why the service drops the example.
    private static func picture(
        of part: Content.Part, limits: VertexLimits, stored: @Sendable (String) async -> StoredImage?
    ) async -> Result<String, Dropped> {
        let type = part.fileData?.mimeType ?? part.inlineData?.mimeType ?? ""
        guard images.contains(type) else { return .failure(Dropped(reason: "Unsupported MIME type: '\(type)'.")) }
        let data: Data
        if let inline = part.inlineData?.data {
            guard let bytes = inline.data else { return .failure(Dropped(reason: "Invalid image: not base64.")) }
            data = bytes
        } else {
            let uri = part.fileData?.fileUri ?? ""
            guard let image = await stored(uri) else { return .failure(Dropped(reason: "The file '\(uri)' cannot be read.")) }
            guard image.size <= limits.trainingImageBytes else {
                return .failure(
                    Dropped(reason: "The image has \(image.size) bytes; at most \(limits.trainingImageBytes) are supported."))
            }
            guard let bytes = try? Data(contentsOf: image.content) else {
                return .failure(Dropped(reason: "The file '\(uri)' cannot be read."))
            }
            data = bytes
        }
        return .success("data:\(type);base64," + data.base64EncodedString())
    }

    /// The counts as the API reports them.
    /// - Parameter steps: the steps of the training.
    func described(steps: Int) -> TuningJob.SupervisedStats {
        TuningJob.SupervisedStats { stats in
            stats.tuningDatasetExampleCount = ProtoInt64(count)
            stats.tuningStepCount = ProtoInt64(steps)
            stats.totalBillableTokenCount = ProtoInt64(tokens)
            stats.totalTuningCharacterCount = ProtoInt64(characters)
            stats.totalTruncatedExampleCount = ProtoInt64(dropped.count)
            if !dropped.isEmpty {
                // A sample, counted from 1.
                let sample = dropped.sorted { $0.key < $1.key }.prefix(Self.sampled)
                stats.truncatedExampleIndices = sample.map { ProtoInt64($0.key + 1) }
                stats.droppedExampleReasons = sample.map(\.value)
            }
            let values = examples.values
            stats.userInputTokenDistribution = Self.distribution(values.map(\.input))
            stats.userOutputTokenDistribution = Self.distribution(values.map(\.output))
            stats.userMessagePerExampleDistribution = Self.distribution(values.map(\.messages))
        }
    }

    private static let sampled = 100

    private static func distribution(_ values: [Int]) -> TuningJob.Distribution? {
        guard !values.isEmpty else { return nil }
        let sorted = values.sorted()
        func quantile(_ share: Double) -> ProtoDouble {
            ProtoDouble(Double(sorted[min(sorted.count - 1, Int(saturating: share * Double(sorted.count)))]))
        }
        let sum = values.reduce(0, +)
        return TuningJob.Distribution {
            $0.sum = ProtoInt64(sum)
            $0.billableSum = ProtoInt64(sum)
            $0.min = ProtoDouble(Double(sorted[0]))
            $0.max = ProtoDouble(Double(sorted[sorted.count - 1]))
            $0.mean = ProtoDouble(Double(sum) / Double(values.count))
            $0.median = quantile(0.5)
            $0.p5 = quantile(0.05)
            $0.p95 = quantile(0.95)
        }
    }
}
