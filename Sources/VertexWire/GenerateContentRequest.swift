// A question to a model: the body of an online request and of a batch line.

package import Basics

/// The body of `generateContent`.
package struct GenerateContentRequest: ProtoMessage {
    /// A threshold for one category of harm.
    package struct SafetySetting: ProtoMessage {
        /// `HARM_CATEGORY_…`.
        package var category: String?
        /// `BLOCK_NONE`, `OFF` and others.
        package var threshold: String?
        /// By probability or severity.
        package var method: String?

        /// A setting with no field set.
        package init() {}
    }

    /// Needed in countTokens only, where the path names the model too.
    package var model: String?
    /// The turns, oldest first.
    package var contents: [Content]?
    /// The system instruction.
    package var systemInstruction: Content?
    /// Sampling and the form of the answer.
    package var generationConfig: GenerationConfig?
    /// Thresholds of the safety filter.
    package var safetySettings: [SafetySetting]?
    /// Free words of the caller: keys and values of at most 63 lower-case letters, digits, `_` and `-`.
    package var labels: [String: String]?
    /// Functions of the caller; not used here.
    package var tools: [JSONValue]?
    /// The configuration of function calls; not used here.
    package var toolConfig: JSONValue?
    /// A cached beginning; not used here.
    package var cachedContent: String?

    /// A request with no field set.
    package init() {}
}

/// Sampling and the form of the answer.
package struct GenerationConfig: ProtoMessage {
    /// The amount of thinking before the answer.
    package struct ThinkingConfig: ProtoMessage {
        /// Whether thoughts are part of the response.
        package var includeThoughts: Bool?
        /// Tokens; before Gemini 3.
        package var thinkingBudget: ProtoInt32?
        /// `MINIMAL`, `LOW`, `MEDIUM` or `HIGH`; from Gemini 3 on.
        package var thinkingLevel: String?

        /// A configuration with no field set.
        package init() {}
    }

    /// 0 to 2.
    package var temperature: ProtoDouble?
    /// 0 to 1.
    package var topP: ProtoDouble?
    /// The number of candidates for each token.
    package var topK: ProtoDouble?
    /// The number of answers.
    package var candidateCount: ProtoInt32?
    /// The limit of thoughts and answer together.
    package var maxOutputTokens: ProtoInt32?
    /// Texts that end the answer.
    package var stopSequences: [String]?
    /// For repeatable answers, as far as the service provides them.
    package var seed: ProtoInt32?
    /// `text/plain` or `application/json`.
    package var responseMimeType: String?
    /// A schema in OpenAPI's form, with types in upper case.
    package var responseSchema: JSONValue?
    /// A JSON Schema.
    package var responseJsonSchema: JSONValue?
    /// The newer form of the three fields above.
    package var responseFormat: [JSONValue]?
    /// The resolution of all images.
    package var mediaResolution: MediaResolution?
    /// The amount of thinking before the answer.
    package var thinkingConfig: ThinkingConfig?
    /// Whether log probabilities are part of the response.
    package var responseLogprobs: Bool?
    /// The number of log probabilities for each token.
    package var logprobs: ProtoInt32?
    /// Refused by models from 3.5 on.
    package var frequencyPenalty: ProtoDouble?
    /// Refused by models from 3.5 on.
    package var presencePenalty: ProtoDouble?
    /// `TEXT` and others.
    package var responseModalities: [String]?

    /// A configuration with no field set.
    package init() {}
}

/// Tokens of one modality.
package struct ModalityTokenCount: ProtoMessage {
    /// `TEXT`, `IMAGE`, `VIDEO`, `AUDIO` or `DOCUMENT`.
    package var modality: String?
    /// The number of tokens.
    package var tokenCount: ProtoInt32?

    /// A count with no field set.
    package init() {}

    /// - Parameter modality: such as `IMAGE`.
    package init(_ modality: String, _ count: Int) {
        self.modality = modality
        tokenCount = ProtoInt32(count)
    }
}
