// Wire types of chat completions: requests with messages and images, answers with token usage.

package import Basics

/// The required form of an answer (`response_format`).
package enum ResponseFormat: Hashable, Sendable, Codable {
    /// Free text.
    case text
    /// Any JSON object.
    case jsonObject
    /// JSON that satisfies a schema.
    case jsonSchema(JSONSchemaFormat)

    enum CodingKeys: String, CodingKey {
        case type
        case jsonSchema = "json_schema"
    }

    /// Fails for an unknown `type`, so that no constraint is silently dropped.
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

    /// Encodes `type` and, for a schema, the `json_schema` object.
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

/// A JSON schema that the answer must satisfy.
package struct JSONSchemaFormat: Hashable, Sendable, Codable {
    /// 1 to 64 letters, digits, `_` or `-`.
    package var name: String
    /// Explains the format to the model.
    package var description: String?
    /// Whether the schema is enforced during generation rather than suggested.
    package var strict: Bool?
    /// The JSON schema itself.
    package var schema: JSONValue?

    /// - Parameter strict: `true` restricts the schema to the subset that the service can enforce.
    package init(name: String, description: String? = nil, strict: Bool? = true, schema: JSONValue?) {
        self.name = name
        self.description = description
        self.strict = strict
        self.schema = schema
    }
}

/// The body of a chat completion request.
package struct ChatCompletionRequest: Hashable, Sendable, Codable {
    /// The model, or the deployment where the path does not name it.
    package var model: String?
    /// The conversation; the last message is the question.
    package var messages: [ChatMessage]
    /// `nil` for free text.
    package var responseFormat: ResponseFormat?
    /// Maximum tokens of the answer; rejected by reasoning models.
    package var maxTokens: Int?
    /// Maximum tokens of answer and reasoning together.
    package var maxCompletionTokens: Int?
    /// Sampling temperature, 0 to 2; rejected by reasoning models.
    package var temperature: Double?
    /// Nucleus sampling: the probability mass to sample from, 0 to 1.
    package var topP: Double?
    /// Best-effort determinism: the same seed and parameters mostly give the same answer.
    package var seed: Int?
    /// The number of choices; billed for each.
    package var n: Int?
    /// Whether the answer arrives as server-sent events.
    package var stream: Bool?
    /// The reasoning effort, as the provider names it.
    package var reasoningEffort: String?

    /// Creates a request body; `nil` members are not sent.
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

/// The reason why generation stopped. Open: other servers send their own values.
package struct FinishReason: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// The model ended the answer.
    package static let stop: FinishReason = "stop"
    /// The token limit ended the answer.
    package static let length: FinishReason = "length"
    /// The model called a tool.
    package static let toolCalls: FinishReason = "tool_calls"
    /// The content filter withheld part or all of the answer.
    package static let contentFilter: FinishReason = "content_filter"
    /// The model called a function (deprecated form of tool calls).
    package static let functionCall: FinishReason = "function_call"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [FinishReason] = [stop, length, toolCalls, contentFilter, functionCall]

    /// Whether the token limit ended the answer. Includes the values of other servers.
    package var isCutOff: Bool {
        ["length", "max_tokens", "max_output_tokens", "model_length"].contains(rawValue.lowercased())
    }

    /// Whether a content filter withheld all or part of the answer.
    package var isFiltered: Bool {
        ["content_filter", "safety", "prohibited_content", "blocklist"].contains(rawValue.lowercased())
    }
}

/// The token counts of one request, from which its cost is computed.
package struct ChatUsage: Hashable, Sendable, Codable {
    /// Tokens of the whole prompt, images and cached tokens included.
    package var promptTokens: Int
    /// Tokens of the answer, reasoning included; from the total where a server counts reasoning only there.
    package var completionTokens: Int
    /// The sum of both; recomputed when decoding.
    package var totalTokens: Int
    /// Prompt tokens read from the provider's cache, billed at a lower rate; `nil` if not reported.
    package var cachedTokens: Int?
    /// The part of `completionTokens` used for reasoning; `nil` if not reported.
    package var reasoningTokens: Int?
    /// The plausible token counts of one request: more than any model accepts.
    package static let plausible = 0...1_000_000_000

    /// Computes `totalTokens` from the two counts.
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

    /// The largest plausible count; a larger number is not a count.
    private static let maxTokenCount = 1_000_000_000

    private struct PromptDetails: Codable { var cached_tokens: Int? }
    private struct CompletionDetails: Codable { var reasoning_tokens: Int? }

    /// Throws when a required count is missing or implausible; a wrong detail decodes as `nil`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let possible = 0...ChatUsage.maxTokenCount
        guard let prompt = container.optionalInt(.promptTokens), possible.contains(prompt),
            let completion = container.optionalInt(.completionTokens), possible.contains(completion)
        else {
            // An unknown count must not become zero.
            throw DecodingError.dataCorrupted(
                .init(
                    codingPath: decoder.codingPath, debugDescription: "the usage has no prompt and completion tokens"))
        }
        promptTokens = prompt
        // Some servers exclude reasoning from the completion and include it only in the total. It is billed as output.
        let total = container.optionalInt(.totalTokens).flatMap { possible.contains($0) ? $0 : nil } ?? 0
        completionTokens = max(completion, total - prompt)
        totalTokens = promptTokens + completionTokens
        cachedTokens = container.optional(.promptDetails, as: PromptDetails.self)?.cached_tokens
            .flatMap { (0...prompt).contains($0) ? $0 : nil }
        reasoningTokens =
            container.optional(.completionDetails, as: CompletionDetails.self)?.reasoning_tokens
            .flatMap { possible.contains($0) ? $0 : nil }
            ?? (completionTokens > completion ? completionTokens - completion : nil)
    }

    /// Encodes the counts; details that are `nil` are omitted.
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

/// The model's message. `content` is `nil` when the model returned no text, refused or was filtered. Reasoning, such
/// as `reasoning_content`, is not part of the answer and is not read.
package struct ChatAnswerMessage: Hashable, Sendable, Codable {
    /// Always the assistant.
    package var role: ChatRole
    /// The answer text, from any form of `content` that servers send.
    package var content: String?
    /// The text of a refusal, when the model marks it as one.
    package var refusal: String?

    /// Creates a message of the assistant.
    package init(content: String?, refusal: String? = nil) {
        role = .assistant
        self.content = content
        self.refusal = refusal
    }

    enum CodingKeys: String, CodingKey { case role, content, refusal }

    /// Reads `content` as a string, a list of parts or an object; a missing role means assistant.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        role = container.optional(.role) ?? .assistant
        let given = AnswerContent(container.optional(.content) ?? .null)
        content = given.text
        refusal = container.optionalText(.refusal) ?? given.refusal
    }

    /// Always writes all three members, `null` if missing, because the reference requires them.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(role, forKey: .role)
        try container.encode(content, forKey: .content)
        try container.encode(refusal, forKey: .refusal)
    }
}

/// One of the answers of a completion.
package struct ChatChoice: Hashable, Sendable, Codable {
    /// The position among the choices, from 0.
    package var index: Int
    /// Its `content` is `nil` for a choice that failed.
    package var message: ChatAnswerMessage
    /// `nil` on servers that omit it.
    package var finishReason: FinishReason?
    /// The filter's verdicts on this answer; Azure only.
    package var contentFilterResults: ContentFilterResults?
    /// The error instead of an answer, as reported by routers in front of several providers.
    package var error: ErrorDetail?

    /// - Parameter index: the position among the choices, from 0.
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

    /// Also reads the older completions form (`text`) and a choice with only an error.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        index = container.optionalInt(.index) ?? 0
        error = container.optional(.error)
        if let message = container.optional(.message, as: ChatAnswerMessage.self) {
            self.message = message
        } else if let text = try? container.decode(String.self, forKey: .text) {
            // The older completions form, which some servers also use for chats.
            message = ChatAnswerMessage(content: text)
        } else if error != nil {
            message = ChatAnswerMessage(content: nil)
        } else {
            message = try container.decode(ChatAnswerMessage.self, forKey: .message)
        }
        finishReason = container.optionalText(.finishReason).map { FinishReason($0) }
        contentFilterResults = container.optional(.contentFilterResults)
    }

    /// Writes `logprobs` as `null`: the reference requires the key, and no request asks for log probabilities.
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

/// The response to a chat completion request.
package struct ChatCompletion: Hashable, Sendable, Codable {
    /// The provider's id; empty where the server omits it.
    package var id: String
    /// The API's name for this type of object; set to its constant where a server omits it.
    package var object: String
    /// When the answer was created.
    package var created: UnixTime?
    /// The model version that answered, which may be more specific than the one requested.
    package var model: String?
    /// Identifies the backend configuration; a change explains different answers for the same seed.
    package var systemFingerprint: String?
    /// The filter's verdicts on the prompt; Azure only.
    package var promptFilterResults: [PromptFilterResult]?
    /// Sorted by index.
    package var choices: [ChatChoice]
    /// `nil` on servers that do not count tokens.
    package var usage: ChatUsage?
    /// Set by servers that report a failure with a success status.
    package var error: ErrorDetail?

    /// Creates a complete response, as the emulator and tests do.
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

    /// Fails without `choices`, unless there is an error instead; other members decode leniently.
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
            // Sorted by index, because some servers list the choices as they finish.
            choices = try container.decode([ChatChoice].self, forKey: .choices).enumerated()
                .sorted { ($0.element.index, $0.offset) < ($1.element.index, $1.offset) }.map(\.element)
        }
    }

    /// The members that decide what the answer is, anywhere in the response.
    package static let decisiveNames = ["choices", "content", "error", "message", "refusal", "text"]

    /// The members that decide what the answer costs.
    package static let countNames = [
        "cached_tokens", "completion_tokens", "prompt_tokens", "prompt_tokens_details", "total_tokens", "usage",
    ]

    /// Decodes a received completion. Counts that it contradicts are unknown.
    package init(_ document: ReceivedJSON) throws {
        self = try document.value.decoded()
        if document.contradiction(among: ChatCompletion.countNames) != nil { usage = nil }
    }

    /// The reason why this response holds no answer despite its success status: an error instead of or next to an
    /// answer, or no choice. `nil` for an answer, even an empty one.
    package var failure: ErrorDetail? {
        guard let choice = choices.first else {
            return error ?? ErrorDetail(code: nil, message: "the list of choices is empty")
        }
        // Some gateways send a partial answer with the error; it is not the model's whole answer.
        if let found = [choice.error, error].compactMap(\.self).first(where: { !$0.isEmpty }) { return found }
        guard let reason = choice.finishReason?.rawValue, ChatCompletion.failures.contains(reason.lowercased()) else {
            return nil
        }
        return ErrorDetail(code: nil, message: "the finish reason is '\(reason)'")
    }

    /// Whether the response counts generated tokens, for which the provider charges also after an error.
    package var isPaid: Bool { (usage?.completionTokens ?? 0) > 0 }

    /// Finish reasons of a generation that broke off on the server's side: its text is not the model's whole answer.
    private static let failures: Set<String> = [
        "error", "failed", "failure", "abort", "aborted", "cancelled", "canceled", "timeout", "internal_error",
        "server_error", "network_error", "insufficient_system_resource", "other_error",
    ]
}
