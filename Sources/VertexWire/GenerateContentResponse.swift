// A model's answer.

/// The answer of `generateContent`. A blocked prompt is an answer without candidates.
package struct GenerateContentResponse: ProtoMessage {
    /// Why a prompt was blocked.
    package struct PromptFeedback: ProtoMessage {
        /// `SAFETY`, `PROHIBITED_CONTENT` and others; an open set.
        package var blockReason: String?
        /// For people.
        package var blockReasonMessage: String?
        /// The ratings that led to it.
        package var safetyRatings: [SafetyRating]?

        /// Feedback with no field set.
        package init() {}
    }

    /// The rating of one category of harm.
    package struct SafetyRating: ProtoMessage {
        /// `HARM_CATEGORY_…`.
        package var category: String?
        /// `NEGLIGIBLE` to `HIGH`.
        package var probability: String?
        /// 0 to 1.
        package var probabilityScore: ProtoDouble?
        /// `HARM_SEVERITY_…`.
        package var severity: String?
        /// 0 to 1.
        package var severityScore: ProtoDouble?
        /// Whether this category blocked the content.
        package var blocked: Bool?

        /// A rating with no field set.
        package init() {}
    }

    /// One answer.
    package struct Candidate: ProtoMessage {
        /// From 0; absent for the first.
        package var index: ProtoInt32?
        /// Absent if the answer was blocked or thinking used up the tokens.
        package var content: Content?
        /// Why the answer ended.
        package var finishReason: FinishReason?
        /// The reason in words.
        package var finishMessage: String?
        /// The mean log probability of the tokens.
        package var avgLogprobs: ProtoDouble?
        /// The ratings of the answer.
        package var safetyRatings: [SafetyRating]?

        /// A candidate with no field set.
        package init() {}
    }

    /// The billed tokens.
    package struct UsageMetadata: ProtoMessage {
        /// The whole prompt, including images and the cached part.
        package var promptTokenCount: ProtoInt32?
        /// The answer without thoughts.
        package var candidatesTokenCount: ProtoInt32?
        /// Thoughts, billed as output.
        package var thoughtsTokenCount: ProtoInt32?
        /// The part of the prompt that was read from the cache.
        package var cachedContentTokenCount: ProtoInt32?
        /// All of the above.
        package var totalTokenCount: ProtoInt32?
        /// The prompt by modality.
        package var promptTokensDetails: [ModalityTokenCount]?
        /// The answer by modality.
        package var candidatesTokensDetails: [ModalityTokenCount]?
        /// The cached part by modality.
        package var cacheTokensDetails: [ModalityTokenCount]?
        /// `ON_DEMAND`, `PROVISIONED_THROUGHPUT` and others.
        package var trafficType: String?

        /// Counts with no field set.
        package init() {}
    }

    /// The members that decide what the answer is.
    package static let decisiveNames = [
        "blockReason", "candidates", "content", "finishReason", "parts", "promptFeedback", "text", "thought",
    ]
    /// The members that decide what the answer costs.
    package static let countNames = [
        "cachedContentTokenCount", "candidatesTokenCount", "promptTokenCount", "thoughtsTokenCount", "totalTokenCount",
        "usageMetadata",
    ]

    /// Absent if the prompt was blocked.
    package var candidates: [Candidate]?
    /// Set if the prompt was blocked.
    package var promptFeedback: PromptFeedback?
    /// The billed tokens.
    package var usageMetadata: UsageMetadata?
    /// The model that answered.
    package var modelVersion: String?
    /// RFC 3339.
    package var createTime: String?
    /// Identifies the answer.
    package var responseId: String?

    /// An answer with no field set.
    package init() {}
}

/// Why an answer ended; an open set.
package struct FinishReason: ProtoWord {
    /// The word on the wire.
    package let rawValue: String
    /// Keeps the word verbatim.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// The answer is complete.
    package static let stop: FinishReason = "STOP"
    /// The limit of thoughts and answer was reached.
    package static let maxTokens: FinishReason = "MAX_TOKENS"
    /// Blocked for harm.
    package static let safety: FinishReason = "SAFETY"
    /// Blocked for quoting.
    package static let recitation: FinishReason = "RECITATION"
    /// Any other reason.
    package static let other: FinishReason = "OTHER"
    /// A longer answer follows.
    package static let continuation: FinishReason = "CONTINUATION"

    /// Whether a filter withheld the answer.
    package var isBlocked: Bool {
        [
            "SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR", "IMAGE_SAFETY",
            "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
        ].contains(rawValue)
    }
}
