// What is measured, on which images, of which models.

/// One measurement. With `concurrency` it measures latency and is measured whole; without, answers are kept image by
/// image.
package struct EvaluationSpec: Hashable, Sendable, Codable {
    /// The images.
    package var split: SplitReference
    /// Which models, and how each is asked.
    package var models: NamedMap<ModelEvaluationSpec>
    /// How many requests are under way at once; measures latency at that.
    package var concurrency: Int?
    /// Requests before a latency measurement that are not counted.
    package var warmup: Int
    /// How often everything is asked, or trained, again.
    package var repeats: Int
    /// When an answer counts as a label.
    package var match: MatchSpec
    /// How often a request without an answer is asked.
    package var attempts: Int
    /// Whether a score is given although some answers never came.
    package var allowMissing: Bool
    /// What becomes of images that the provider rejects; `nil` fails the score and names them.
    package var onRefused: OnRefused?

    /// What becomes of an image that the provider rejects.
    package enum OnRefused: String, Hashable, Sendable, Codable, CaseIterable {
        /// The score fails and names the images.
        case fail
        /// The image counts nowhere.
        case exclude
        /// The image counts as answered wrongly.
        case wrong
    }

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
    package var measuresLatency: Bool { concurrency != nil }
}

/// When an answer counts as a label, beyond being equal to it. What is absent is in no key.
package struct MatchSpec: Hashable, Sendable, Codable {
    /// A difference between an answer and a label that does not matter.
    package enum Difference: String, Hashable, Sendable, Codable, CaseIterable {
        case `case`, spaces, punctuation, markdown, quotes
    }

    /// How texts are compared as Unicode.
    package enum UnicodeForm: String, Hashable, Sendable, Codable, CaseIterable {
        /// Compatibility forms, typographic hyphens and spaces equal their plain forms.
        case nfkc
    }

    /// Ignore upper and lower case.
    package var ignoreCase: Bool
    /// Ignore white space at the ends, and how much of it there is between words.
    package var ignoreSpaces: Bool
    /// The other differences are `true` or `nil`, so that specs without them keep their keys.
    package var ignorePunctuation: Bool?
    package var ignoreMarkdown: Bool?
    package var ignoreQuotes: Bool?
    package var unicode: UnicodeForm?
    /// Other names of labels, by label.
    package var aliases: [String: [String]]?

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

    /// Ignores a difference.
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
