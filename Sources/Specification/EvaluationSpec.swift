// Evaluations: measurements of models on parts of splits.

/// One measurement. With `concurrency` it measures latency and runs as a whole; without, answers are cached per
/// image.
package struct EvaluationSpec: Hashable, Sendable, Codable {
    /// The evaluated images.
    package var split: SplitReference
    /// The evaluated models, with the request for each.
    package var models: NamedMap<ModelEvaluationSpec>
    /// The number of concurrent requests of a latency measurement; `nil` for an evaluation that does not measure
    /// latency.
    package var concurrency: Int?
    /// The number of uncounted requests before a latency measurement.
    package var warmup: Int
    /// The number of repetitions of every request or training.
    package var repeats: Int
    /// The rules by which an answer matches a label.
    package var match: MatchSpec
    /// The maximum number of attempts for a request without an answer.
    package var attempts: Int
    /// Whether a score is computed although some answers are missing.
    package var allowMissing: Bool
    /// The treatment of images that the provider rejects; `nil` fails the score and lists them.
    package var onRefused: OnRefused?

    /// The treatment of images that the provider rejects.
    package enum OnRefused: String, Hashable, Sendable, Codable, CaseIterable {
        /// The score fails and lists the images.
        case fail
        /// The image is excluded from all metrics.
        case exclude
        /// The image counts as a wrong answer.
        case wrong
    }

    /// - Parameter concurrency: `nil` for an evaluation that does not measure latency.
    package init(
        split: SplitReference, models: NamedMap<ModelEvaluationSpec>, concurrency: Int? = nil,
        warmup: Int = 0, repeats: Int = 1, match: MatchSpec = MatchSpec(), attempts: Int = 3,
        allowMissing: Bool = false, onRefused: OnRefused? = nil
    ) {
        self.split = split
        self.models = models
        self.concurrency = concurrency
        self.warmup = warmup
        self.repeats = repeats
        self.match = match
        self.attempts = attempts
        self.allowMissing = allowMissing
        self.onRefused = onRefused
    }
}

extension EvaluationSpec {
    /// Whether the evaluation measures latency, that is, has `concurrency`.
    package var measuresLatency: Bool { concurrency != nil }
}

/// The rules by which an answer matches a label, apart from equality. An absent rule is not part of any key.
package struct MatchSpec: Hashable, Sendable, Codable {
    /// A difference between an answer and a label that can be ignored.
    package enum Difference: String, Hashable, Sendable, Codable, CaseIterable {
        case `case`, spaces, punctuation, markdown, quotes
    }

    /// A Unicode normalization applied before the comparison.
    package enum UnicodeForm: String, Hashable, Sendable, Codable, CaseIterable {
        /// NFKC, with typographic hyphens and spaces equal to their plain forms.
        case nfkc
    }

    /// Ignores upper and lower case.
    package var ignoreCase: Bool
    /// Ignores leading and trailing white space and the amount of white space between words.
    package var ignoreSpaces: Bool
    /// Ignores punctuation. This and the following rules are `true` or `nil`, so that specs without them keep their
    /// keys.
    package var ignorePunctuation: Bool?
    /// Ignores Markdown formatting such as emphasis; `nil` to compare it.
    package var ignoreMarkdown: Bool?
    /// Ignores quotation marks around the answer, and treats typographic ones as straight; `nil` to compare them.
    package var ignoreQuotes: Bool?
    /// The Unicode normalization; `nil` for none.
    package var unicode: UnicodeForm?
    /// Accepted alternative answers, keyed by label.
    package var aliases: [String: [String]]?

    /// - Parameter aliases: accepted alternative answers, keyed by label.
    package init(
        ignoreCase: Bool = false, ignoreSpaces: Bool = false, ignorePunctuation: Bool? = nil,
        ignoreMarkdown: Bool? = nil, ignoreQuotes: Bool? = nil, unicode: UnicodeForm? = nil,
        aliases: [String: [String]]? = nil
    ) {
        self.ignoreCase = ignoreCase
        self.ignoreSpaces = ignoreSpaces
        self.ignorePunctuation = ignorePunctuation
        self.ignoreMarkdown = ignoreMarkdown
        self.ignoreQuotes = ignoreQuotes
        self.unicode = unicode
        self.aliases = aliases
    }

    /// Enables the rule that ignores this difference.
    package mutating func ignore(_ difference: Difference) {
        switch difference {
        case .case: ignoreCase = true
        case .spaces: ignoreSpaces = true
        case .punctuation: ignorePunctuation = true
        case .markdown: ignoreMarkdown = true
        case .quotes: ignoreQuotes = true
        }
    }
}
