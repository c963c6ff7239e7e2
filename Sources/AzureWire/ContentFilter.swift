// What the provider's content filter says of a prompt or an answer.

/// The verdict on one category: the graded ones have a severity, the others only tell whether they were detected.
package struct ContentFilterVerdict: Hashable, Sendable, Codable {
    package var filtered: Bool
    /// `safe`, `low`, `medium` or `high`.
    package var severity: String?
    package var detected: Bool?

    package init(filtered: Bool, severity: String? = nil, detected: Bool? = nil) {
        self.filtered = filtered
        self.severity = severity
        self.detected = detected
    }

    enum CodingKeys: String, CodingKey { case filtered, severity, detected }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        filtered = try container.decode(Bool.self, forKey: .filtered)
        severity = container.optionalText(.severity)
        detected = container.optionalBool(.detected)
    }
}

/// Why the filter gave no verdict, with the code `content_filter_error`.
package struct ContentFilterOutage: Hashable, Sendable, Codable {
    package var code: String?
    package var message: String?

    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// Verdicts by category (`hate`, `sexual`, `violence`, `self_harm`, `jailbreak`, `profanity`, …). When the filter
/// itself was out of order, `error` says so and the categories are empty.
package struct ContentFilterResults: Hashable, Sendable, Codable {
    package var categories: [String: ContentFilterVerdict]
    package var error: ContentFilterOutage?

    package init(_ categories: [String: ContentFilterVerdict], error: ContentFilterOutage? = nil) {
        self.categories = categories
        self.error = error
    }

    /// Every graded category found safe, as on nearly every answer.
    package static let safe = ContentFilterResults(
        Dictionary(
            uniqueKeysWithValues: ["hate", "self_harm", "sexual", "violence"].map {
                ($0, ContentFilterVerdict(filtered: false, severity: "safe"))
            }))

    /// The categories that led to a refusal, sorted.
    package var filtered: [String] { categories.filter(\.value.filtered).keys.sorted() }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        categories = [:]
        for key in container.allKeys where key.stringValue != "error" {
            categories[key.stringValue] = container.optional(key)
        }
        error = container.optional(AnyKey("error"))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        for (name, verdict) in categories { try container.encode(verdict, forKey: AnyKey(name)) }
        try container.encodeIfPresent(error, forKey: AnyKey("error"))
    }
}

/// The filter's verdict on one prompt of a request.
package struct PromptFilterResult: Hashable, Sendable, Codable {
    package var promptIndex: Int
    package var contentFilterResults: ContentFilterResults

    package init(promptIndex: Int, contentFilterResults: ContentFilterResults) {
        self.promptIndex = promptIndex
        self.contentFilterResults = contentFilterResults
    }

    enum CodingKeys: String, CodingKey {
        case promptIndex = "prompt_index"
        case contentFilterResults = "content_filter_results"
    }
}
