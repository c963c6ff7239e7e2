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

/// When an answer counts as a label, beyond being equal to it.
package struct MatchSpec: Hashable, Sendable, Codable {
    /// Ignore upper and lower case.
    package var ignoreCase: Bool
    /// Ignore white space at the ends, and how much of it there is between words.
    package var ignoreSpaces: Bool

    package init(ignoreCase: Bool = false, ignoreSpaces: Bool = false) {
        self.ignoreCase = ignoreCase
        self.ignoreSpaces = ignoreSpaces
    }
}
