// Request settings: how a prompt is sent and its answer parsed.

/// The settings of one kind of request, named as in the provider's API. All of them are part of the answer's key.
package struct RequestSpec: Hashable, Sendable, Codable {
    /// The name of the prompt.
    package var prompt: String
    /// The image resolution that the model sees.
    package var detail: ImageDetail
    /// The format of the answer.
    package var answer: AnswerFormat
    /// `max_tokens`; `nil` to send none.
    package var maxTokens: Int?
    /// `temperature`; `nil` to send none.
    package var temperature: Double?
    /// `top_p`; `nil` to send none.
    package var topP: Double?
    /// `seed`; `nil` to send none.
    package var seed: Int?
    /// `max_completion_tokens`, which reasoning models use instead of `max_tokens`.
    package var maxCompletionTokens: Int?
    /// `reasoning_effort`; `nil` to send none.
    package var reasoningEffort: ReasoningEffort?

    /// The keys of the settings that are sent to the model, apart from the prompt.
    package static let settingNames = [
        "detail", "answer", "max_tokens", "max_completion_tokens", "reasoning_effort", "seed", "temperature", "top_p",
    ]

    /// The `reasoning_effort` values of the provider's API.
    package enum ReasoningEffort: String, Hashable, Sendable, Codable, CaseIterable {
        case off = "none"
        case minimal, low, medium, high, xhigh
    }

    /// - Parameter maxCompletionTokens: used by reasoning models instead of `maxTokens`.
    package init(
        prompt: String, detail: ImageDetail = .auto, answer: AnswerFormat = .text, maxTokens: Int? = nil,
        temperature: Double? = nil, topP: Double? = nil, seed: Int? = nil, maxCompletionTokens: Int? = nil,
        reasoningEffort: ReasoningEffort? = nil
    ) {
        self.prompt = prompt
        self.detail = detail
        self.answer = answer
        self.maxTokens = maxTokens
        self.temperature = temperature
        self.topP = topP
        self.seed = seed
        self.maxCompletionTokens = maxCompletionTokens
        self.reasoningEffort = reasoningEffort
    }
}

/// The image resolution that a model sees: `detail` of an image part.
package enum ImageDetail: String, Hashable, Sendable, Codable, CaseIterable {
    case low
    /// Only at providers that have it; the others have `low` and `high` alone.
    case medium
    case high
    /// The model's choice.
    case auto
}

/// The format in which a request asks for the answer.
package enum AnswerFormat: Hashable, Sendable, Codable {
    /// The label alone, as text.
    case text
    /// A strict JSON schema called `name` with one string property that contains the label.
    case json(property: String, name: String)
    /// Like `json`, with boxes whose numbers follow the named convention (`AnswerForm.boxConventions`).
    case boxes(property: String, name: String, convention: String)
    /// JSON with boxes whose numbers follow the named convention, from a model that no request asks.
    case plainBoxes(convention: String)

    /// The property and the schema's name of a JSON answer; `nil` for text.
    package var schema: (property: String, name: String)? {
        switch self {
        case .text, .plainBoxes: nil
        case .json(let property, let name), .boxes(let property, let name, _): (property, name)
        }
    }
}
