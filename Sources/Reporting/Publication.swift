// Published counts and screenings that a run's report audits.

import Audit
import Basics
import Statistics

/// Numbers of a publication, as the spec states them.
package struct Publication: Hashable, Sendable, Codable {
    /// One model's right answers.
    package struct Count: Hashable, Sendable, Codable {
        /// The name of the model in the publication.
        package var model: String
        /// Number of right answers.
        package var right: Int
        /// Number of answered items, right or wrong.
        package var items: Int

        /// - Parameter right: at most `items`.
        package init(model: String, right: Int, items: Int) {
            self.model = model
            self.right = right
            self.items = items
        }
    }

    /// The number of training images that a provider's screening got and accepted.
    package struct Screened: Hashable, Sendable, Codable {
        /// Number of images sent.
        package var submitted: Int
        /// Number of images used for training.
        package var accepted: Int

        /// - Parameter accepted: at most `submitted`.
        package init(submitted: Int, accepted: Int) {
            self.submitted = submitted
            self.accepted = accepted
        }
    }

    /// The entry's name in the spec.
    package var name: String
    /// The counts in the order of the spec; empty if only a screening is stated.
    package var counts: [Count]
    /// The screening of the training images; `nil` if not stated.
    package var screening: Screened?
    /// The publication of the numbers; `nil` if not stated.
    package var source: String?

    /// - Parameter source: a citation or address, shown as text.
    package init(name: String, counts: [Count], screening: Screened?, source: String?) {
        self.name = name
        self.counts = counts
        self.screening = screening
        self.source = source
    }
}

/// The audit of a publication's counts, computed once per report.
package struct AuditedPublication: Sendable {
    private let publication: Publication
    private let audit: CountsAudit
    private let screening: Screening?

    /// Takes a second or two for counts near the limits.
    init(_ publication: Publication) {
        self.publication = publication
        screening = publication.screening.flatMap { Screening(submitted: $0.submitted, accepted: $0.accepted) }
        let counts = publication.counts.prefix(CountsAudit.maxModels).filter {
            (1...CountsAudit.maxItems).contains($0.items) && (0...$0.items).contains($0.right)
        }
        audit = CountsAudit(
            counts.map { CountsAudit.Model(name: $0.model, right: Proportion($0.right, of: $0.items)) }, screening: screening)
    }

    var name: String { publication.name }

    /// The models with their shares and intervals; without rows if no counts are stated.
    var table: TextTable {
        var table = TextTable(columns: [("model", .left), ("right", .left), ("share", .right), ("95% CI", .left)])
        table.rows = audit.models.map { model in
            [
                model.name, "\(model.right.successes)/\(model.right.n)",
                model.right.value.map { Wording.number(100 * $0, 1) + "%" } ?? "–",
                model.right.wilson().map { Wording.interval($0, scale: 100) } ?? "–",
            ]
        }
        return table
    }

    /// Conclusions for each pair, the screening, and the source.
    var sentences: [String] {
        audit.pairs.flatMap { pair in
            audit.conclusions(pair).map {
                "\(pair.first.name) − \(pair.second.name), \(Wording.signed(100 * pair.difference, 1)) points: \($0)"
            }
        } + [screening?.sentence, publication.source.map { "Source: \($0)" }].compactMap { $0 }
    }

    /// `models`, `comparisons` and `screening` as `assay audit --counts --json` writes them, and the source.
    var document: JSONValue {
        let document = audit.document
        return [
            "models": document["evaluations"]?[AuditResults.evaluation] ?? .object([:]),
            "comparisons": document["comparisons"]?[AuditResults.evaluation] ?? .object([:]),
            "screening": document["screening"] ?? .null, "source": publication.source.map { .string($0) } ?? .null,
        ]
    }
}
