// The verdicts of the provider's content filter on a prompt or an answer.

/// The verdict on one category. Graded categories have a severity; the others only report detection.
package struct ContentFilterVerdict: Hashable, Sendable, Codable {
    /// Whether the content was blocked because of this category.
    package var filtered: Bool
    /// `safe`, `low`, `medium` or `high`.
    package var severity: String?
    /// Set only for categories without a severity, such as `jailbreak`.
    package var detected: Bool?

    /// Creates a verdict; set `severity` or `detected`, depending on the category.
    package init(filtered: Bool, severity: String? = nil, detected: Bool? = nil) {
        self.filtered = filtered
        self.severity = severity
        self.detected = detected
    }

    enum CodingKeys: String, CodingKey { case filtered, severity, detected }

    /// Only `filtered` is required.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        filtered = try container.decode(Bool.self, forKey: .filtered)
        severity = container.optionalText(.severity)
        detected = container.optionalBool(.detected)
    }
}

/// The reason why the filter returned no verdict, with the code `content_filter_error`.
package struct ContentFilterOutage: Hashable, Sendable, Codable {
    /// The service's error code.
    package var code: String?
    /// Untrusted text of the service.
    package var message: String?

    /// Creates an outage as the service reports it.
    package init(code: String, message: String) {
        self.code = code
        self.message = message
    }
}

/// Verdicts by category (`hate`, `sexual`, `violence`, `self_harm`, `jailbreak`, `profanity`, …). If the filter
/// itself failed, `error` is set and the categories are empty.
package struct ContentFilterResults: Hashable, Sendable, Codable {
    /// Keyed by the service's name of the category.
    package var categories: [String: ContentFilterVerdict]
    /// `nil` when the filter ran.
    package var error: ContentFilterOutage?

    /// - Parameter error: set only when the filter itself failed.
    package init(_ categories: [String: ContentFilterVerdict], error: ContentFilterOutage? = nil) {
        self.categories = categories
        self.error = error
    }

    /// Every graded category rated safe, as on nearly every answer.
    package static let safe = ContentFilterResults(
        Dictionary(
            uniqueKeysWithValues: ["hate", "self_harm", "sexual", "violence"].map {
                ($0, ContentFilterVerdict(filtered: false, severity: "safe"))
            }))

    /// The categories that caused blocking, sorted by name.
    package var filtered: [String] { categories.filter(\.value.filtered).keys.sorted() }

    /// Reads every member except `error` as a category; malformed verdicts are skipped.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        categories = [:]
        for key in container.allKeys where key.stringValue != "error" {
            categories[key.stringValue] = container.optional(key)
        }
        error = container.optional(AnyKey("error"))
    }

    /// Encodes the categories and `error` as members of one object.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        for (name, verdict) in categories { try container.encode(verdict, forKey: AnyKey(name)) }
        try container.encodeIfPresent(error, forKey: AnyKey("error"))
    }
}

/// The filter's verdict on one prompt of a request.
package struct PromptFilterResult: Hashable, Sendable, Codable {
    /// The position of the prompt in the request, from 0.
    package var promptIndex: Int
    /// The verdicts by category.
    package var contentFilterResults: ContentFilterResults

    /// - Parameter promptIndex: the position of the prompt in the request, from 0.
    package init(promptIndex: Int, contentFilterResults: ContentFilterResults) {
        self.promptIndex = promptIndex
        self.contentFilterResults = contentFilterResults
    }

    enum CodingKeys: String, CodingKey {
        case promptIndex = "prompt_index"
        case contentFilterResults = "content_filter_results"
    }
}
