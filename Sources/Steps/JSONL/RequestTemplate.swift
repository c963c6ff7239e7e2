// How an image is put to a model: the messages and parameters of one request, whatever carries it.

package import Basics

/// Everything that reaches the model except the image, rendered for a dataset's labels.
package struct RequestTemplate: Hashable, Sendable {
    /// How finely the model looks at an image; the provider's own words.
    package enum Detail: String, Hashable, Sendable, Codable, CaseIterable { case low, high, auto }

    /// What the user message holds, in order.
    package enum UserPart: Hashable, Sendable {
        case image
        case text(String)
    }

    /// What form the answer has.
    package enum Answer: Hashable, Sendable {
        case text
        /// An object with one text member, held to by a strict JSON schema of that name.
        case json(field: String, schemaName: String)

        /// What the model is to say for a label.
        package func content(for label: String) -> String {
            switch self {
            case .text: label
            case .json(let field, _):
                PythonJSON.members([.init(key: field, value: .string(label))]).asciiText
            }
        }
    }

    /// A solved example shown before the question.
    package struct Shot: Hashable, Sendable {
        package var image: ImageFile
        package var label: String

        package init(image: ImageFile, label: String) {
            self.image = image
            self.label = label
        }
    }

    package let system: String?
    package let user: [UserPart]
    package let shots: [Shot]
    package let detail: Detail
    package let answer: Answer
    package let maxTokens: Int?
    package let temperature: Double?
    package let seed: Int?

    /// - Parameters:
    ///   - system, user: texts in which `{{ labels }}` stands for the labels, sorted and joined by `", "`.
    ///   - labels: every label of the dataset, in any order.
    package init(
        system: String?, user: [UserPart] = [.image], shots: [Shot] = [], labels: [String], detail: Detail = .low,
        answer: Answer = .text, maxTokens: Int? = nil, temperature: Double? = nil, seed: Int? = nil
    ) {
        let names = labels.sortedByBytes().joined(separator: ", ")
        let system = system.map { renderPrompt($0, labels: names) }
        let user = user.map { part in
            if case .text(let text) = part { UserPart.text(renderPrompt(text, labels: names)) } else { part }
        }
        self.system = system
        self.user = user
        self.shots = shots
        self.detail = detail
        self.answer = answer
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.seed = seed

        var messages: [PythonJSON] = []
        if let system {
            let message = PythonJSON.object(["role": "system", "content": .string(system)])
            messages.append(.encoded(message.textWithImageDigests))
        }
        for shot in shots {
            messages.append(RequestTemplate.userMessage(user, detail, shot.image))
            messages.append(RequestTemplate.assistantMessage(answer.content(for: shot.label)))
        }
        head = messages
    }

    /// What stands before the question: the same for every image, so the long system message is encoded once.
    private let head: [PythonJSON]
}

/// Puts the labels where a prompt says `{{ labels }}`; spaces inside the braces do not count.
package func renderPrompt(_ text: String, labels: String) -> String {
    var result = ""
    var rest = text[...]
    while let open = rest.firstRange(of: "{{") {
        result += rest[..<open.lowerBound]
        let inner = rest[open.upperBound...]
        guard let close = inner.firstRange(of: "}}"),
            inner[..<close.lowerBound].filter({ $0 != " " }) == "labels"
        else {
            result += rest[open]
            rest = inner
            continue
        }
        result += labels
        rest = inner[close.upperBound...]
    }
    return result + rest
}

extension RequestTemplate {
    /// The messages that ask about an image.
    package func messages(about image: ImageFile) -> [PythonJSON] { head + [RequestTemplate.userMessage(user, detail, image)] }

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
        .object(["messages": .array(messages(about: image) + [RequestTemplate.assistantMessage(answer.content(for: label))])])
    }

    /// A line of training data for direct preference optimisation: the label that is right and one that is
    /// not.
    package func preferenceLine(image: ImageFile, preferred: String, rejected: String) -> PythonJSON {
        .object([
            "input": .object(["messages": .array(messages(about: image))]),
            "preferred_output": .array([RequestTemplate.assistantMessage(answer.content(for: preferred))]),
            "non_preferred_output": .array([RequestTemplate.assistantMessage(answer.content(for: rejected))]),
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
        if case .json(let field, let name) = answer {
            members.append(.init(key: "response_format", value: responseFormat(field: field, name: name)))
        }
        if let maxTokens { members.append(.init(key: "max_tokens", value: .int(maxTokens))) }
        if let seed { members.append(.init(key: "seed", value: .int(seed))) }
        if let temperature { members.append(.init(key: "temperature", value: .number(temperature))) }
        return members
    }

    private func responseFormat(field: String, name: String) -> PythonJSON {
        .object([
            "type": "json_schema",
            "json_schema": .object([
                "name": .string(name), "strict": .bool(true),
                "schema": .object([
                    "type": "object",
                    "properties": .members([.init(key: field, value: .object(["type": "string"]))]),
                    "required": .array([.string(field)]),
                    "additionalProperties": .bool(false),
                ]),
            ]),
        ])
    }

    private static func userMessage(_ parts: [UserPart], _ detail: Detail, _ image: ImageFile) -> PythonJSON {
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

extension PythonJSON: ExpressibleByStringLiteral {
    package init(stringLiteral value: String) { self = .string(value) }

    /// The text of a value without images.
    var asciiText: String { String(decoding: textWithImageDigests, as: UTF8.self) }
}
