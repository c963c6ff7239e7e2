// Published counts without answers, and the screening of published training images.

/// Numbers of a publication that the report audits next to the run's own results. They touch no key.
package struct PublishedSpec: Hashable, Sendable, Codable {
    /// The right answers of each model; empty if only a screening is stated.
    package var counts: NamedMap<PublishedCount>
    /// The screening of the training images; `nil` if not stated.
    package var screening: PublishedScreening?
    /// The publication of the numbers, as text for the report.
    package var source: String?

    /// Creates an empty entry, which the key table's rules reject.
    package init(
        counts: NamedMap<PublishedCount> = [:], screening: PublishedScreening? = nil, source: String? = nil
    ) {
        self.counts = counts
        self.screening = screening
        self.source = source
    }
}

/// A number of right answers out of a number of items.
package struct PublishedCount: Hashable, Sendable, Codable {
    /// Number of right answers.
    package var right: Int
    /// Number of items, at most `maxItems`.
    package var items: Int

    /// Maximum number of items, which bounds the work of an audit.
    package static let maxItems = 100_000
    /// Maximum number of models in one entry, as every pair of them is compared.
    package static let maxModels = 100

    /// Parses `9/10`; `nil` for any other form, and for more right answers than items.
    package init?(_ text: String) {
        guard let match = text.wholeMatch(of: #/([0-9]+) ?/ ?([0-9]+)/#), let right = Int(match.1), let items = Int(match.2),
            (1...PublishedCount.maxItems).contains(items), right <= items
        else { return nil }
        self.right = right
        self.items = items
    }

    /// `9/10`.
    package var text: String { "\(right)/\(items)" }
}

/// The outcome of a provider's screening of training images, as published.
package struct PublishedScreening: Hashable, Sendable, Codable {
    /// Number of images sent.
    package var submitted: Int
    /// Number of images that were used for training.
    package var accepted: Int

    /// - Parameter accepted: at most `submitted`, which `SpecChecks` checks.
    package init(submitted: Int, accepted: Int) {
        self.submitted = submitted
        self.accepted = accepted
    }
}
