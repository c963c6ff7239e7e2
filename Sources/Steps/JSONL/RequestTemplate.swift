// How an image is put to a model: the messages and parameters of one request, whatever carries it.

package import Basics
package import Planning
package import Specification

/// Everything that reaches the model except the image, rendered for a dataset's labels.
package struct RequestTemplate: Hashable, Sendable {
    /// A solved example shown before the question.
    package struct Shot: Hashable, Sendable {
        package var image: ImageFile
        package var label: String

        package init(image: ImageFile, label: String) {
            self.image = image
            self.label = label
        }
    }

    private let user: [PromptSpec.Part]
    private let request: AskedRequest
    /// What stands before the question: the same for every image, so the long system message is encoded once.
    private let head: [PythonJSON]

    /// - Parameters:
    ///   - labels: every label of the dataset, in any order.
    ///   - shots: the prompt's examples, already looked up.
    package init(_ request: AskedRequest, labels: [String], shots: [Shot] = []) {
        let labels = labels.sortedByBytes()
        let prompt = request.prompt
        user = prompt.user.map { part in
            if case .text(let text) = part { .text(PromptSpec.rendered(text, labels: labels)) } else { part }
        }
        self.request = request
        var messages: [PythonJSON] = []
        if let system = prompt.system {
            let text = PromptSpec.rendered(system, labels: labels)
            let message = PythonJSON.object(["role": "system", "content": .string(text)])
            messages.append(.encoded(message.textWithImageDigests))
        }
        for shot in shots {
            messages.append(RequestTemplate.userMessage(user, request.detail, shot.image))
            messages.append(RequestTemplate.assistantMessage(request.answer.content(for: shot.label)))
        }
        head = messages
    }
}

extension RequestTemplate {
    /// The messages that ask about an image.
    package func messages(about image: ImageFile) -> [PythonJSON] {
        head + [RequestTemplate.userMessage(user, request.detail, image)]
    }

    /// The body of a chat completion request.
    package func body(model: String, image: ImageFile) -> PythonJSON {
        var members: [PythonJSON.Member] = [.init(key: "model", value: .string(model))]
        members += parameters(messages: messages(about: image))
        return .members(members)
    }

    /// A line of a batch file.
    package func batchLine(customID: String, model: String, url: String = "/chat/completions", image: ImageFile)
        -> PythonJSON
    {
        .object([
            "custom_id": .string(customID), "method": "POST", "url": .string(url),
            "body": body(model: model, image: image),
        ])
    }

    /// A line of training data for supervised fine-tuning.
    package func trainingLine(image: ImageFile, label: String) -> PythonJSON {
        .object(["messages": .array(messages(about: image) + [RequestTemplate.assistantMessage(request.answer.content(for: label))])])
    }

    /// A line of training data for direct preference optimisation: the label that is right and one that is
    /// not.
    package func preferenceLine(image: ImageFile, preferred: String, rejected: String) -> PythonJSON {
        .object([
            "input": .object(["messages": .array(messages(about: image))]),
            "preferred_output": .array([RequestTemplate.assistantMessage(request.answer.content(for: preferred))]),
            "non_preferred_output": .array([RequestTemplate.assistantMessage(request.answer.content(for: rejected))]),
        ])
    }

    /// A line of training data for reinforcement fine-tuning; a grader reads the label as
    /// `{{ item.reference_answer }}`.
    package func reinforcementLine(image: ImageFile, label: String) -> PythonJSON {
        .object(["messages": .array(messages(about: image)), "reference_answer": .string(label)])
    }

    /// Names a request by all that reaches the model: messages, images by their digests, parameters. The
    /// model or deployment, the id and the file it travels in are not in it.
    package func fingerprint(image: ImageFile) -> Digest {
        Digest(of: PythonJSON.members(parameters(messages: messages(about: image))).textWithImageDigests)
    }

    private func parameters(messages: [PythonJSON]) -> [PythonJSON.Member] {
        var members: [PythonJSON.Member] = [.init(key: "messages", value: .array(messages))]
        if case .json(let property, let name) = request.answer {
            members.append(.init(key: "response_format", value: responseFormat(property: property, name: name)))
        }
        if let tokens = request.maxTokens { members.append(.init(key: "max_tokens", value: .int(tokens))) }
        if let tokens = request.maxCompletionTokens {
            members.append(.init(key: "max_completion_tokens", value: .int(tokens)))
        }
        if let effort = request.reasoningEffort {
            members.append(.init(key: "reasoning_effort", value: .string(effort.rawValue)))
        }
        if let seed = request.seed { members.append(.init(key: "seed", value: .int(seed))) }
        if let value = request.temperature { members.append(.init(key: "temperature", value: .number(value))) }
        if let value = request.topP { members.append(.init(key: "top_p", value: .number(value))) }
        return members
    }

    private func responseFormat(property: String, name: String) -> PythonJSON {
        .object([
            "type": "json_schema",
            "json_schema": .object([
                "name": .string(name), "strict": .bool(true),
                "schema": .object([
                    "type": "object",
                    "properties": .members([.init(key: property, value: .object(["type": "string"]))]),
                    "required": .array([.string(property)]),
                    "additionalProperties": .bool(false),
                ]),
            ]),
        ])
    }

    private static func userMessage(_ parts: [PromptSpec.Part], _ detail: ImageDetail, _ image: ImageFile) -> PythonJSON {
        .object([
            "role": "user",
            "content": .array(parts.map { part in
                switch part {
                case .text(let text): .object(["type": "text", "text": .string(text)])
                case .image:
                    .object([
                        "type": "image_url",
                        "image_url": .object(["url": .image(image), "detail": .string(detail.rawValue)]),
                    ])
                }
            }),
        ])
    }

    private static func assistantMessage(_ content: String) -> PythonJSON {
        .object(["role": "assistant", "content": .string(content)])
    }
}

extension AnswerFormat {
    /// What the model is to say for a label.
    package func content(for label: String) -> String {
        switch self {
        case .text: label
        case .json(let property, _): PythonJSON.members([.init(key: property, value: .string(label))]).asciiText
        }
    }
}

extension PythonJSON: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .string(value) }

    /// The text of a value without images.
    var asciiText: String { String(decoding: textWithImageDigests, as: UTF8.self) }
}
