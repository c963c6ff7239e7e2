// The lines and bodies of Gemini.

import Basics
import Foundation
import ProviderKit
import Specification
import VertexWire

/// Writes requests, batch lines and training lines for Gemini.
struct VertexDialect: RequestDialect {
    var batchLimits: ShardLimits { ShardLimits(bytes: 1_000_000_000, lines: 200_000) }
    /// One file of a tuning job. Its images are replaced by their addresses before it is sent.
    var trainingLimits: ShardLimits { ShardLimits(bytes: 64_000_000_000, lines: 300_000) }

    var limits: ProviderLimits { .vertex }

    func writer(for form: QuestionForm) -> any QuestionWriter { GeminiWriter(form) }

    /// The label that carries the id of a batch line.
    static let idLabel = "assay-id"

    /// The id as the value of a label, which holds lower-case letters, digits, `_` and `-` only.
    static func label(_ id: String) -> String {
        if !id.hasPrefix("x-"), id.wholeMatch(of: #/[a-z0-9_-]{1,63}/#) != nil { return id }
        return "x-"
            + id.utf8.map { String($0, radix: 16).count == 1 ? "0" + String($0, radix: 16) : String($0, radix: 16) }.joined()
    }

    /// The id that a label's value encodes.
    static func id(_ label: String) -> String {
        guard label.hasPrefix("x-"), label.utf8.count.isMultiple(of: 2) else { return label }
        let digits = Array(label.utf8.dropFirst(2))
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
        }
        guard bytes.count * 2 == digits.count, let id = String(validating: bytes, as: UTF8.self) else { return label }
        return id
    }
}

/// The writer of one question form.
struct GeminiWriter: QuestionWriter {
    private let form: QuestionForm
    /// The turns before the question, encoded once unless they hold images.
    private let head: [PythonJSON]

    init(_ form: QuestionForm) {
        self.form = form
        head = form.examples.map(GeminiWriter.content)
    }

    func body(_ turns: [Turn], model: String) -> PythonJSON { .members(request(turns)) }

    func batchLine(_ turns: [Turn], id: String, model: String, path: String?) -> PythonJSON {
        let labels = PythonJSON.object([VertexDialect.idLabel: .string(VertexDialect.label(id))])
        return .object(["request": .members(request(turns) + [.init(key: "labels", value: labels)])])
    }

    /// Supervised tuning is the only method; other examples do not reach a provider without them.
    func trainingLine(_ turns: [Turn], teaching example: TrainingExample) -> PythonJSON {
        guard case .supervised(let answer) = example else { return .null }
        var members: [PythonJSON.Member] = []
        if let system = form.system {
            members.append(
                .init(
                    key: "systemInstruction",
                    value: .object(["role": "system", "parts": .array([.object(["text": .string(system)])])])))
        }
        let answered = GeminiWriter.content(Turn(.assistant, [.text(answer)]))
        members.append(.init(key: "contents", value: .array(head + turns.map(GeminiWriter.content) + [answered])))
        if let resolution = GeminiWriter.resolution(of: form.examples + turns) {
            members.append(
                .init(key: "generationConfig", value: .object(["mediaResolution": .string(resolution.rawValue)])))
        }
        return .members(members)
    }

    func fingerprint(_ turns: [Turn]) -> Digest { Digest(of: PythonJSON.members(request(turns)).textWithImageDigests) }

    private func request(_ turns: [Turn]) -> [PythonJSON.Member] {
        var members: [PythonJSON.Member] = [
            .init(key: "contents", value: .array(head + turns.map(GeminiWriter.content)))
        ]
        if let system = form.system {
            members.append(
                .init(key: "systemInstruction", value: .object(["parts": .array([.object(["text": .string(system)])])])))
        }
        let config = generationConfig(turns)
        if !config.isEmpty { members.append(.init(key: "generationConfig", value: .members(config))) }
        return members
    }

    private func generationConfig(_ turns: [Turn]) -> [PythonJSON.Member] {
        var members: [PythonJSON.Member] = []
        func add(_ key: String, _ value: PythonJSON?) {
            if let value { members.append(.init(key: key, value: value)) }
        }
        let sampling = form.sampling
        add("temperature", sampling.temperature.map { .number($0) })
        add("topP", sampling.topP.map { .number($0) })
        add("maxOutputTokens", (sampling.maxCompletionTokens ?? sampling.maxTokens).map { .int($0) })
        add("seed", sampling.seed.map { .int($0) })
        if case .json(_, let schema) = form.answer {
            add("responseMimeType", "application/json")
            add("responseJsonSchema", schema)
        }
        add("mediaResolution", GeminiWriter.resolution(of: form.examples + turns).map { .string($0.rawValue) })
        add("thinkingConfig", sampling.reasoningEffort.map(GeminiWriter.thinking))
        return members
    }

    /// `none` disables thinking, which models before Gemini 3 permit; the other values are levels.
    private static func thinking(_ effort: String) -> PythonJSON {
        effort == "none"
            ? .object(["thinkingBudget": .int(0)]) : .object(["thinkingLevel": .string(effort.uppercased())])
    }

    /// The resolution of all images of a request; `nil` for the model's default, and for a request without images.
    private static func resolution(of turns: [Turn]) -> MediaResolution? {
        let details = turns.flatMap(\.parts).compactMap { part -> String? in
            if case .image(_, let detail) = part { detail } else { nil }
        }
        return details.first.flatMap(resolution(detail:))
    }

    /// `auto` leaves the choice to the model; every other detail is a separate resolution.
    static func resolution(detail: String) -> MediaResolution? {
        switch detail {
        case "low": .low
        case "medium": .medium
        case "high": .high
        default: nil
        }
    }

    private static func content(_ turn: Turn) -> PythonJSON {
        .object([
            "role": turn.role == .user ? "user" : "model",
            "parts": .array(
                turn.parts.map { part in
                    switch part {
                    case .text(let text): .object(["text": .string(text)])
                    case .image(let image, _): .object(["inlineData": .inlineImage(image)])
                    }
                }),
        ])
    }
}
