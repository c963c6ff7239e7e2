// All results of a finished run: the single input of every output.

package import Basics
package import Foundation
package import TaskKit

/// The results of one run. Every table, chart and file of Reporting is a function of this value alone, so it can be
/// stored with the run and rendered again later.
package struct ExperimentResults: Hashable, Sendable, Codable {
    /// The final state of a run; raw values match the `run` event.
    package enum State: String, Hashable, Sendable, Codable {
        case done, failed, waiting, interrupted, quarantined
        case overBudget = "over-budget"
    }

    /// Spending of the run. Real and emulated amounts are never added together.
    package struct Spending: Hashable, Sendable, Codable {
        /// Real dollars spent by this run.
        package var real: Money
        /// Dollars that emulators counted in this run by the price table.
        package var emulated: Money
        /// The cost of producing all results from scratch: real and emulated, as recorded when each result was
        /// produced.
        package var allResults: Money
        /// The part of `allResults` that emulators counted; `nil` for runs of versions that did not record it.
        package var emulatedResults: Money?

        /// - Parameters:
        ///   - allResults: includes the cost of results of earlier runs.
        ///   - emulatedResults: the part of `allResults` that emulators counted.
        package init(
            real: Money = .zero, emulated: Money = .zero, allResults: Money = .zero, emulatedResults: Money? = nil
        ) {
            self.real = real
            self.emulated = emulated
            self.allResults = allResults
            self.emulatedResults = emulatedResults
        }

        /// The total cost of the results by its origin: `$3.50`, `$3.50 (emulated)`, or `$2.00 (emulated: $1.50)` for
        /// $2.00 of real and $1.50 of emulated cost; `nil` for results that cost nothing.
        package var totalText: String? {
            guard allResults > .zero else { return nil }
            guard let emulatedResults else { return "\(allResults) (how much of it is emulated was not recorded)" }
            if emulatedResults == .zero { return "\(allResults)" }
            let real = allResults - emulatedResults
            return real > .zero ? "\(real) (emulated: \(emulatedResults))" : "\(emulatedResults) (emulated)"
        }
    }

    /// A resource that is still billing after the run.
    package struct Lease: Hashable, Sendable, Codable {
        /// The deployment's name at the provider.
        package var id: String
        /// The time at which billing started.
        package var since: Date
        /// Dollars per hour; `nil` without a price.
        package var hourly: Money?

        /// - Parameter hourly: dollars per hour; `nil` without a price.
        package init(id: String, since: Date, hourly: Money?) {
            self.id = id
            self.since = since
            self.hourly = hourly
        }
    }

    /// The experiment's name from the spec.
    package var experiment: String
    /// The run's id.
    package var run: RunID
    /// The final state of the run.
    package var state: State
    /// The time at which the run started.
    package var startedAt: Date
    /// The time at which the run ended.
    package var finishedAt: Date
    /// A readable description of the machine: `2 cores, x86_64, Debian 12`.
    package var machine: String
    /// The version of Assay.
    package var version: String
    /// The spec's path as given on the command line.
    package var specPath: String
    /// The spec's text when the run started.
    package var specText: String
    /// The shell command that repeats the run.
    package var command: String
    /// The labels, in the dataset's order.
    package var labels: [String]
    /// Paths of pictures by ``pictureName(_:_:)``, for the page's gallery.
    package var pictures: [String: String]
    /// The unchanged spec first, then the variants in the order of the plan.
    package var variants: [VariantResults]
    /// The plan's steps in a valid execution order.
    package var steps: [StepRecord]
    /// The cost of this run.
    package var spending: Spending
    /// All deployments in the project's ledger that are still billing.
    package var leasesLeft: [Lease]
    /// Further warnings, one sentence each: leaks between splits, skipped images.
    package var warnings: [String]
    /// Counts of the dataset; `nil` if no dataset was indexed.
    package var dataset: DatasetOverview?
    /// Digests of the data by `SPLIT.PART`; `nil` if a split has no result, and for runs of versions that did not record
    /// them.
    package var data: [String: DataRecord]?
    /// The task of the models; `nil` for classification.
    package var task: TaskChoice?
    /// Published counts and screenings that the report audits; `nil` without any.
    package var published: [Publication]?

    /// The defaults describe a run that spent nothing and left nothing running.
    package init(
        experiment: String, run: RunID, state: State, startedAt: Date, finishedAt: Date, machine: String,
        version: String, specPath: String, specText: String, command: String, labels: [String],
        pictures: [String: String] = [:], variants: [VariantResults], steps: [StepRecord] = [],
        spending: Spending = Spending(), leasesLeft: [Lease] = [], warnings: [String] = [],
        dataset: DatasetOverview? = nil, data: [String: DataRecord]? = nil, task: TaskChoice? = nil,
        published: [Publication]? = nil
    ) {
        self.data = data
        self.task = task
        self.published = published
        self.experiment = experiment
        self.run = run
        self.state = state
        // A run shows and exports the same times before and after it is stored.
        self.startedAt = ExperimentResults.rounded(startedAt)
        self.finishedAt = ExperimentResults.rounded(finishedAt)
        self.machine = machine
        self.version = version
        self.specPath = specPath
        self.specText = specText
        self.command = command
        self.labels = labels
        self.pictures = pictures
        self.variants = variants
        self.steps = steps
        self.spending = spending
        self.leasesLeft = leasesLeft
        self.warnings = warnings
        self.dataset = dataset
    }
}

/// The results of one variant of the spec.
package struct VariantResults: Hashable, Sendable, Codable {
    /// The variant's name, which is also its key in `metrics.json`.
    package var name: VariantName
    /// Differences from the unchanged spec: path to value, both as text.
    package var changes: [String: String]
    /// The model that others are compared with; if `nil`, the first model of each evaluation.
    package var baseline: String?
    /// In the order of the spec.
    package var evaluations: [EvaluationResults]
    /// The training of each model that this variant trains or fine-tunes.
    package var trainings: [TrainingHistory]
    /// The published numbers that the spec compares with.
    package var claims: [Claim]
    /// The reasons for missing results: the messages of the failed steps.
    package var failures: [String]

    /// - Parameter changes: empty for the unchanged spec.
    package init(
        name: VariantName = .unchanged, changes: [String: String] = [:], baseline: String? = nil,
        evaluations: [EvaluationResults], trainings: [TrainingHistory] = [], claims: [Claim] = [],
        failures: [String] = []
    ) {
        self.name = name
        self.changes = changes
        self.baseline = baseline
        self.evaluations = evaluations
        self.trainings = trainings
        self.claims = claims
        self.failures = failures
    }
}

extension ExperimentResults {
    /// The form of `results.json`. Times keep their milliseconds, so that a duration is the same wherever it is shown.
    package func encoded() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            // The style cuts off fractions of a millisecond. Without the addition, a time that was read back would be written
            // as one millisecond earlier half of the time.
            let text = (ExperimentResults.rounded(date) + 0.0001).formatted(ExperimentResults.time)
            try container.encode(text)
        }
        return try encoder.encode(self)
    }

    /// Reads `results.json`; earlier versions wrote whole seconds.
    package init(encoded data: Data) throws {
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .custom { decoder in
            let container = try decoder.singleValueContainer()
            let text = try container.decode(String.self)
            guard let date = (try? ExperimentResults.time.parse(text)) ?? (try? Date.ISO8601FormatStyle().parse(text)) else {
                throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an ISO 8601 time")
            }
            return date
        }
        self = try decoder.decode(ExperimentResults.self, from: data)
    }

    /// The time in whole milliseconds, as it is stored.
    fileprivate static func rounded(_ date: Date) -> Date {
        Date(timeIntervalSince1970: (date.timeIntervalSince1970 * 1000).rounded() / 1000)
    }

    private static let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// The name under which an example's picture is stored: the example's id, with a number for further pictures.
    package static func pictureName(_ example: String, _ number: Int) -> String { Gallery.name(example, number) }
}
