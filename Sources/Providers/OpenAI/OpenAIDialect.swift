// The lines and bodies of OpenAI's chat completions, which Azure and many servers also accept.

import Basics
import ProviderKit
import Specification

/// Writes chat completion requests, batch lines and training lines byte for byte as Python's `json.dumps` does.
struct OpenAIDialect: RequestDialect {
    var batchLimits: ShardLimits { .batch }
    var trainingLimits: ShardLimits { .training }
    var limits: ProviderLimits { .openAI }

    func writer(for form: QuestionForm) -> any QuestionWriter { ChatWriter(form) }
}

/// The writer of one question form.
struct ChatWriter: QuestionWriter {
    /// The operation's path in an Azure batch line. OpenAI's own path differs and is set by the spec's provider.
    static let usualPath = "/chat/completions"

    /// The messages before the question. They are the same for every image, so the long system message is encoded
    /// once.
    private let head: [PythonJSON]
    private let form: QuestionForm

    init(_ form: QuestionForm) {
        self.form = form
        var messages: [PythonJSON] = []
        if let system = form.system {
            let message = PythonJSON.object(["role": "system", "content": .string(system)])
            messages.append(.encoded(message.textWithImageDigests))
        }
        head = messages + form.examples.map(ChatWriter.message)
    }

    func body(_ turns: [Turn], model: String) -> PythonJSON {
        .members([.init(key: "model", value: .string(model))] + parameters(messages: messages(turns)))
    }

    func batchLine(_ turns: [Turn], id: String, model: String, path: String?) -> PythonJSON {
        .object([
            "custom_id": .string(id), "method": "POST", "url": .string(path ?? ChatWriter.usualPath),
            "body": body(turns, model: model),
        ])
    }

    func trainingLine(_ turns: [Turn], teaching example: TrainingExample) -> PythonJSON {
        func assistant(_ text: String) -> PythonJSON { ChatWriter.message(Turn(.assistant, [.text(text)])) }
        let asked = messages(turns)
        return switch example {
        case .supervised(let answer): .object(["messages": .array(asked + [assistant(answer)])])
        case .preference(let preferred, let rejected):
            .object([
                "input": .object(["messages": .array(asked)]),
                "preferred_output": .array([assistant(preferred)]),
                "non_preferred_output": .array([assistant(rejected)]),
            ])
        // A grader reads the reference as `{{ item.reference_answer }}`.
        case .reinforcement(let reference):
            .object(["messages": .array(asked), "reference_answer": reference])
        }
    }

    func fingerprint(_ turns: [Turn]) -> Digest {
        Digest(of: PythonJSON.members(parameters(messages: messages(turns))).textWithImageDigests)
    }

    /// The shared messages, followed by those of one question.
    private func messages(_ turns: [Turn]) -> [PythonJSON] { head + turns.map(ChatWriter.message) }

    /// The members in the order of the published request files.
    private func parameters(messages: [PythonJSON]) -> [PythonJSON.Member] {
        var members: [PythonJSON.Member] = [.init(key: "messages", value: .array(messages))]
        func add(_ key: String, _ value: PythonJSON?) {
            if let value { members.append(.init(key: key, value: value)) }
        }
        let sampling = form.sampling
        add("response_format", ChatWriter.responseFormat(form.answer))
        add("max_tokens", sampling.maxTokens.map { .int($0) })
        add("max_completion_tokens", sampling.maxCompletionTokens.map { .int($0) })
        add("reasoning_effort", sampling.reasoningEffort.map { .string($0) })
        add("seed", sampling.seed.map { .int($0) })
        add("temperature", sampling.temperature.map { .number($0) })
        add("top_p", sampling.topP.map { .number($0) })
        return members
    }

    /// The `response_format` of a structured answer; `nil` for plain text.
    static func responseFormat(_ answer: ResponseForm) -> PythonJSON? {
        guard case .json(let name, let schema) = answer else { return nil }
        return .object([
            "type": "json_schema",
            "json_schema": .object(["name": .string(name), "strict": .bool(true), "schema": schema]),
        ])
    }

    private static func message(_ turn: Turn) -> PythonJSON {
        switch turn.role {
        case .assistant:
            let text = turn.parts.map { part in if case .text(let text) = part { text } else { "" } }.joined()
            return .object(["role": "assistant", "content": .string(text)])
        case .user:
            return .object([
                "role": "user",
                "content": .array(
                    turn.parts.map { part in
                        switch part {
                        case .text(let text): .object(["type": "text", "text": .string(text)])
                        case .image(let image, let detail):
                            .object([
                                "type": "image_url",
                                "image_url": .object(["url": .image(image), "detail": .string(detail)]),
                            ])
                        }
                    }),
            ])
        }
    }
}
