// How a prompt is asked and its answer read.

/// One way of asking; its parameters are named as the provider names them. All of it decides the answer.
package struct RequestSpec: Hashable, Sendable, Codable {
    /// The prompt's name.
    package var prompt: String
    /// How finely the model looks at the image.
    package var detail: ImageDetail
    /// The form of the answer.
    package var answer: AnswerFormat
    /// `max_tokens`.
    package var maxTokens: Int?
    /// `temperature`.
    package var temperature: Double?
    /// `top_p`.
    package var topP: Double?
    /// `seed`.
    package var seed: Int?
    /// `max_completion_tokens`, which reasoning models take in place of `max_tokens`.
    package var maxCompletionTokens: Int?
    /// `reasoning_effort`.
    package var reasoningEffort: ReasoningEffort?

    /// The names in specs of what reaches the model besides the prompt.
    package static let settingNames = [
        "detail", "answer", "max_tokens", "max_completion_tokens", "reasoning_effort", "seed", "temperature", "top_p",
    ]

    /// How long a reasoning model thinks before it answers, by the provider's words.
    package enum ReasoningEffort: String, Hashable, Sendable, Codable, CaseIterable {
        case off = "none"
        case minimal, low, medium, high, xhigh
    }

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

/// How finely a model looks at an image: `detail` of an image part.
package enum ImageDetail: String, Hashable, Sendable, Codable, CaseIterable {
    case low, high, auto
}

/// The form of an answer.
package enum AnswerFormat: Hashable, Sendable, Codable {
    /// The label alone, as text.
    case text
    /// A strict JSON schema called `name` with one string property, which holds the label.
    case json(property: String, name: String)
}
