// How an image is put to a model: the messages and parameters of one request, whatever carries it.

package import Basics
package import Planning
package import Specification
package import TaskKit

/// Everything that reaches the model except the image, rendered for a dataset's labels.
package struct RequestTemplate: Hashable, Sendable {
    /// A solved example shown before the question.
    package struct Shot: Hashable, Sendable {
        package var image: ImageFile
        package var label: String
        /// Only of tasks other than classification; the label is empty then.
        package var item: ItemEntry?

        package init(image: ImageFile, label: String, item: ItemEntry? = nil) {
            self.image = image
            self.label = label
            self.item = item
        }
    }

    private let user: [PromptSpec.Part]
    private let request: AskedRequest
    private let labels: [String]
    /// Variables that are the same for every item.
    private let variables: [String: String]
    /// The schema of the property that holds the answer.
    private let schema: PythonJSON
    /// What stands before the question: the same for every image, so the long system message is encoded once.
    private let head: [PythonJSON]

    /// - Parameters:
    ///   - labels: every label of the dataset, in any order.
    ///   - shots: the prompt's examples, already looked up.
    ///   - task: what is asked; `nil` for classification.
    package init(
        _ request: AskedRequest, labels: [String], shots: [Shot] = [], task: (any TaskDefinition)? = nil
    ) {
        let labels = labels.sortedByBytes()
        let prompt = request.prompt
        let taskContext = TaskContext(vocabulary: labels, form: request.answer.form)
        let variables = task?.variables(taskContext) ?? [:]
        // Texts with variables of items are rendered for each item.
        let user: [PromptSpec.Part] = task != nil ? prompt.user : prompt.user.map { part in
            if case .text(let text) = part { .text(PromptSpec.rendered(text, labels: labels)) } else { part }
        }
        self.user = user
        self.request = request
        self.labels = labels
        self.variables = variables
        schema = task.map { PythonJSON($0.schema(taskContext)) } ?? .object(["type": "string"])
        var messages: [PythonJSON] = []
        if let system = prompt.system {
            let text = PromptSpec.rendered(system, labels: labels, variables: variables)
            let message = PythonJSON.object(["role": "system", "content": .string(text)])
            messages.append(.encoded(message.textWithImageDigests))
        }
        for shot in shots {
            let parts = RequestTemplate.rendered(user, labels, variables, shot.item)
            messages.append(RequestTemplate.userMessage(parts, request.detail, shot.image))
            let answer = shot.item.flatMap { item in task?.answer(for: item.reference, taskContext) }
            messages.append(RequestTemplate.assistantMessage(
                answer.map { request.answer.content(of: $0) } ?? request.answer.content(for: shot.label)))
        }
        head = messages
    }
}

extension RequestTemplate {
    /// The messages that ask about an image, or about an item's image.
    package func messages(about image: ImageFile, _ item: ItemEntry? = nil) -> [PythonJSON] {
        head + [RequestTemplate.userMessage(RequestTemplate.rendered(user, labels, variables, item), request.detail, image)]
    }

    private static func rendered(
        _ parts: [PromptSpec.Part], _ labels: [String], _ variables: [String: String], _ item: ItemEntry?
    ) -> [PromptSpec.Part] {
        guard let item else { return parts }
        let all = variables.merging(item.variables ?? [:]) { $1 }
        return parts.map { part in
            if case .text(let text) = part { .text(PromptSpec.rendered(text, labels: labels, variables: all)) } else { part }
        }
    }

    /// The body of a chat completion request.
    package func body(model: String, image: ImageFile, item: ItemEntry? = nil) -> PythonJSON {
        var members: [PythonJSON.Member] = [.init(key: "model", value: .string(model))]
        members += parameters(messages: messages(about: image, item))
        return .members(members)
    }

    /// A line of a batch file.
    package func batchLine(
        customID: String, model: String, url: String = "/chat/completions", image: ImageFile, item: ItemEntry? = nil
    ) -> PythonJSON {
        .object([
            "custom_id": .string(customID), "method": "POST", "url": .string(url),
            "body": body(model: model, image: image, item: item),
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

    /// The lines of training data for an item of a task other than classification.
    /// - Parameters:
    ///   - answer: what the model should say, as ``TaskDefinition/answer(for:_:)`` gives it.
    ///   - rejected: the text that is not preferred, for preference optimisation.
    package func itemLine(
        _ method: FineTuneSpec.Method, image: ImageFile, item: ItemEntry, answer: JSONValue, rejected: String?
    ) -> PythonJSON {
        let messages = messages(about: image, item)
        let preferred = RequestTemplate.assistantMessage(request.answer.content(of: answer))
        switch method {
        case .supervised: return .object(["messages": .array(messages + [preferred])])
        case .dpo:
            return .object([
                "input": .object(["messages": .array(messages)]), "preferred_output": .array([preferred]),
                "non_preferred_output": .array([
                    RequestTemplate.assistantMessage(request.answer.content(of: .string(rejected ?? "")))
                ]),
            ])
        case .reinforcement:
            return .object(["messages": .array(messages), "reference_answer": PythonJSON(answer)])
        }
    }

    /// Names a request by all that reaches the model: messages, images by their digests, parameters. The
    /// model or deployment, the id and the file it travels in are not in it.
    package func fingerprint(image: ImageFile, item: ItemEntry? = nil) -> Digest {
        Digest(of: PythonJSON.members(parameters(messages: messages(about: image, item))).textWithImageDigests)
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
                    "properties": .members([.init(key: property, value: schema)]),
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

extension AnswerFormat {
    /// What the model is to say for a value: the text itself, or JSON.
    package func content(of value: JSONValue) -> String {
        switch self {
        case .text: value.string ?? PythonJSON(value).asciiText
        case .json(let property, _): PythonJSON.members([.init(key: property, value: PythonJSON(value))]).asciiText
        }
    }
}

extension PythonJSON {
    /// A value with the members of objects in the order of their names.
    package init(_ value: JSONValue) {
        self = switch value {
        case .null: .null
        case .bool(let flag): .bool(flag)
        case .int(let number): .int(Int(number))
        case .double(let number): .number(number)
        case .string(let text): .string(text)
        case .array(let items): .array(items.map { PythonJSON($0) })
        case .object(let members):
            .members(members.sorted { precedesByBytes($0.key, $1.key) }.map { Member(key: $0.key, value: PythonJSON($0.value)) })
        }
    }
}

extension PythonJSON: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .string(value) }

    /// The text of a value without images.
    var asciiText: String { String(decoding: textWithImageDigests, as: UTF8.self) }
}
