// Chat completions: a request with messages and images, an answer with its usage.

package import Basics

/// The form that an answer must have.
package enum ResponseFormat: Hashable, Sendable, Codable {
    case text
    case jsonObject
    case jsonSchema(JSONSchemaFormat)

    enum CodingKeys: String, CodingKey {
        case type
        case jsonSchema = "json_schema"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        switch try container.decode(String.self, forKey: .type) {
        case "text": self = .text
        case "json_object": self = .jsonObject
        case "json_schema":
            self = .jsonSchema(try container.decode(JSONSchemaFormat.self, forKey: .jsonSchema))
        case let type:
            throw DecodingError.dataCorruptedError(
                forKey: .type, in: container, debugDescription: "unknown response_format type '\(type)'")
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .text: try container.encode("text", forKey: .type)
        case .jsonObject: try container.encode("json_object", forKey: .type)
        case .jsonSchema(let format):
            try container.encode("json_schema", forKey: .type)
            try container.encode(format, forKey: .jsonSchema)
        }
    }
}

/// A schema that the answer must fit; `name` is 1 to 64 of letters, digits, `_`, `-`.
package struct JSONSchemaFormat: Hashable, Sendable, Codable {
    package var name: String
    package var description: String?
    package var strict: Bool?
    package var schema: JSONValue?

    package init(name: String, description: String? = nil, strict: Bool? = true, schema: JSONValue?) {
        self.name = name
        self.description = description
        self.strict = strict
        self.schema = schema
    }
}

/// The body of a chat completion request. `model` is the deployment's name where the path does not name it.
package struct ChatCompletionRequest: Hashable, Sendable, Codable {
    package var model: String?
    package var messages: [ChatMessage]
    package var responseFormat: ResponseFormat?
    package var maxTokens: Int?
    package var maxCompletionTokens: Int?
    package var temperature: Double?
    package var topP: Double?
    package var seed: Int?
    package var n: Int?
    package var stream: Bool?
    /// How long a reasoning model thinks, by the provider's words.
    package var reasoningEffort: String?

    package init(
        model: String?, messages: [ChatMessage], responseFormat: ResponseFormat? = nil, maxTokens: Int? = nil,
        maxCompletionTokens: Int? = nil, temperature: Double? = nil, topP: Double? = nil, seed: Int? = nil
    ) {
        self.model = model
        self.messages = messages
        self.responseFormat = responseFormat
        self.maxTokens = maxTokens
        self.maxCompletionTokens = maxCompletionTokens
        self.temperature = temperature
        self.topP = topP
        self.seed = seed
    }

    enum CodingKeys: String, CodingKey {
        case model, messages, temperature, seed, n, stream
        case responseFormat = "response_format"
        case maxTokens = "max_tokens"
        case maxCompletionTokens = "max_completion_tokens"
        case reasoningEffort = "reasoning_effort"
        case topP = "top_p"
    }
}

package struct FinishReason: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let stop: FinishReason = "stop"
    package static let length: FinishReason = "length"
    package static let toolCalls: FinishReason = "tool_calls"
    package static let contentFilter: FinishReason = "content_filter"
    package static let functionCall: FinishReason = "function_call"
    package static let known: [FinishReason] = [stop, length, toolCalls, contentFilter, functionCall]

    /// Whether the answer ended at the limit on its tokens. Servers of other providers pass on their own words for it.
    package var isCutOff: Bool {
        ["length", "max_tokens", "max_output_tokens", "model_length"].contains(rawValue.lowercased())
    }

    /// Whether a content filter withheld the answer or the rest of it.
    package var isFiltered: Bool {
        ["content_filter", "safety", "prohibited_content", "blocklist"].contains(rawValue.lowercased())
    }
}

/// The tokens of one request: what it cost.
package struct ChatUsage: Hashable, Sendable, Codable {
    package var promptTokens: Int
    package var completionTokens: Int
    package var totalTokens: Int
    /// Prompt tokens read from the provider's cache, priced lower; missing where the service does not say.
    package var cachedTokens: Int?
    package var reasoningTokens: Int?
    /// The tokens that one request may have: more than any model reads.
    package static let plausible = 0...1_000_000_000

    package init(promptTokens: Int, completionTokens: Int, cachedTokens: Int? = nil, reasoningTokens: Int? = nil) {
        self.promptTokens = promptTokens
        self.completionTokens = completionTokens
        totalTokens = promptTokens + completionTokens
        self.cachedTokens = cachedTokens
        self.reasoningTokens = reasoningTokens
    }

    enum CodingKeys: String, CodingKey {
        case promptTokens = "prompt_tokens"
        case completionTokens = "completion_tokens"
        case totalTokens = "total_tokens"
        case promptDetails = "prompt_tokens_details"
        case completionDetails = "completion_tokens_details"
    }

    /// No request takes more; a larger number is not a count.
    private static let mostTokens = 1_000_000_000

    private struct PromptDetails: Codable { var cached_tokens: Int? }
    private struct CompletionDetails: Codable { var reasoning_tokens: Int? }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let possible = 0...ChatUsage.mostTokens
        guard let prompt = container.optionalInt(.promptTokens), possible.contains(prompt),
            let completion = container.optionalInt(.completionTokens), possible.contains(completion)
        else {
            // An unknown count is not a count of zero.
            throw DecodingError.dataCorrupted(.init(
                codingPath: decoder.codingPath, debugDescription: "the usage has no prompt and completion tokens"))
        }
        promptTokens = prompt
        completionTokens = completion
        totalTokens = prompt + completion
        cachedTokens = container.optional(.promptDetails, as: PromptDetails.self)?.cached_tokens
            .flatMap { (0...prompt).contains($0) ? $0 : nil }
        reasoningTokens = container.optional(.completionDetails, as: CompletionDetails.self)?.reasoning_tokens
            .flatMap { possible.contains($0) ? $0 : nil }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(promptTokens, forKey: .promptTokens)
        try container.encode(completionTokens, forKey: .completionTokens)
        try container.encode(totalTokens, forKey: .totalTokens)
        if let cachedTokens {
            try container.encode(PromptDetails(cached_tokens: cachedTokens), forKey: .promptDetails)
        }
        if let reasoningTokens {
            try container.encode(CompletionDetails(reasoning_tokens: reasoningTokens), forKey: .completionDetails)
        }
    }
}

/// The model's message; `content` is nil when the model said nothing, refused or was filtered. Reasoning, such as
/// `reasoning_content`, is no part of the answer and is not read.
package struct ChatAnswerMessage: Hashable, Sendable, Codable {
    package var role: ChatRole
    package var content: String?
    package var refusal: String?

    package init(content: String?, refusal: String? = nil) {
        role = .assistant
        self.content = content
        self.refusal = refusal
    }

    enum CodingKeys: String, CodingKey { case role, content, refusal }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        role = container.optional(.role) ?? .assistant
        let given = AnswerContent(container.optional(.content) ?? .null)
        content = given.text
        refusal = container.optionalText(.refusal) ?? given.refusal
    }

    /// Writes all three, `null` where there is none: the reference requires them.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(role, forKey: .role)
        try container.encode(content, forKey: .content)
        try container.encode(refusal, forKey: .refusal)
    }
}

/// One answer of a completion.
package struct ChatChoice: Hashable, Sendable, Codable {
    package var index: Int
    package var message: ChatAnswerMessage
    package var finishReason: FinishReason?
    package var contentFilterResults: ContentFilterResults?
    /// Why this choice holds no answer, as routers in front of several providers report it.
    package var error: ErrorDetail?

    package init(
        index: Int = 0, message: ChatAnswerMessage, finishReason: FinishReason,
        contentFilterResults: ContentFilterResults? = nil
    ) {
        self.index = index
        self.message = message
        self.finishReason = finishReason
        self.contentFilterResults = contentFilterResults
    }

    enum CodingKeys: String, CodingKey {
        case index, message, logprobs, text, error
        case finishReason = "finish_reason"
        case contentFilterResults = "content_filter_results"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        index = container.optionalInt(.index) ?? 0
        error = container.optional(.error)
        if let message = container.optional(.message, as: ChatAnswerMessage.self) {
            self.message = message
        } else if let text = try? container.decode(String.self, forKey: .text) {
            // The form of the older completions API, which some servers use for chats too.
            message = ChatAnswerMessage(content: text)
        } else if error != nil {
            message = ChatAnswerMessage(content: nil)
        } else {
            message = try container.decode(ChatAnswerMessage.self, forKey: .message)
        }
        finishReason = container.optionalText(.finishReason).map { FinishReason($0) }
        contentFilterResults = container.optional(.contentFilterResults)
    }

    /// Writes `logprobs` as `null`: the reference requires the key, and no request here asks for them.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(index, forKey: .index)
        try container.encode(message, forKey: .message)
        try container.encode(finishReason, forKey: .finishReason)
        try container.encodeNil(forKey: .logprobs)
        try container.encodeIfPresent(contentFilterResults, forKey: .contentFilterResults)
        try container.encodeIfPresent(error, forKey: .error)
    }
}

/// The answer to a chat completion request.
package struct ChatCompletion: Hashable, Sendable, Codable {
    package var id: String
    package var object: String
    package var created: UnixTime?
    package var model: String?
    package var systemFingerprint: String?
    package var promptFilterResults: [PromptFilterResult]?
    package var choices: [ChatChoice]
    package var usage: ChatUsage?
    /// Set by servers that report a failure with a success status.
    package var error: ErrorDetail?

    package init(
        id: String, created: UnixTime, model: String, systemFingerprint: String? = nil,
        promptFilterResults: [PromptFilterResult]? = nil, choices: [ChatChoice], usage: ChatUsage
    ) {
        self.id = id
        object = "chat.completion"
        self.created = created
        self.model = model
        self.systemFingerprint = systemFingerprint
        self.promptFilterResults = promptFilterResults
        self.choices = choices
        self.usage = usage
    }

    enum CodingKeys: String, CodingKey {
        case id, object, created, model, choices, usage, error
        case systemFingerprint = "system_fingerprint"
        case promptFilterResults = "prompt_filter_results"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = container.optionalText(.id) ?? ""
        object = container.optionalText(.object) ?? "chat.completion"
        created = container.optional(.created)
        model = container.optionalText(.model)
        systemFingerprint = container.optionalText(.systemFingerprint)
        promptFilterResults = container.optional(.promptFilterResults)
        usage = container.optional(.usage)
        error = container.optional(.error)
        if error != nil, !container.contains(.choices) {
            choices = []
        } else {
            // Their indexes say which one is the first; some servers list them as they finish.
            choices = try container.decode([ChatChoice].self, forKey: .choices).enumerated()
                .sorted { ($0.element.index, $0.offset) < ($1.element.index, $1.offset) }.map(\.element)
        }
    }

    /// Why this response holds no answer although its status says success: an error in its place, or no choice. `nil`
    /// for an answer, an empty one included.
    package var failure: ErrorDetail? {
        guard let choice = choices.first else {
            return error ?? ErrorDetail(code: nil, message: "the list of choices is empty")
        }
        let isEmpty = (choice.message.content ?? "").allSatisfy(\.isWhitespace) && choice.message.refusal == nil
        guard isEmpty else { return nil }
        if let found = choice.error ?? error { return found }
        return choice.finishReason == "error" ? ErrorDetail(code: nil, message: "the finish reason is 'error'") : nil
    }
}
