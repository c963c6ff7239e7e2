// Everything that is known when a run has ended: the one value from which all outputs are made.

package import Basics
package import Foundation
package import TaskKit

/// The results of one run. Every table, chart and file of Reporting is a function of this value alone, so that it can
/// be stored with the run and rendered again later.
package struct ExperimentResults: Hashable, Sendable, Codable {
    /// How the run ended, in the words of the `run` event.
    package enum State: String, Hashable, Sendable, Codable {
        case done, failed, waiting, interrupted, quarantined
        case overBudget = "over-budget"
    }

    /// Money of the run: what the service took and what emulators counted are never added together.
    package struct Spending: Hashable, Sendable, Codable {
        /// Real dollars spent by this run.
        package var real: Money
        /// Dollars that emulators counted in this run by the price table.
        package var emulated: Money
        /// What it would cost to run everything from nothing: real and emulated, as recorded when each result was made.
        package var allResults: Money

        package init(real: Money = .zero, emulated: Money = .zero, allResults: Money = .zero) {
            self.real = real
            self.emulated = emulated
            self.allResults = allResults
        }
    }

    /// A resource that still bills after the run.
    package struct Lease: Hashable, Sendable, Codable {
        package var id: String
        package var since: Date
        package var hourly: Money?

        package init(id: String, since: Date, hourly: Money?) {
            self.id = id
            self.since = since
            self.hourly = hourly
        }
    }

    package var experiment: String
    package var run: RunID
    package var state: State
    package var startedAt: Date
    package var finishedAt: Date
    /// The machine that ran it, as a person would name it: `2 cores, x86_64, Debian 12`.
    package var machine: String
    /// The version of Assay.
    package var version: String
    /// The spec's path as it was named on the command line.
    package var specPath: String
    /// The spec's text as it was when the run started.
    package var specText: String
    /// The command that runs it again, for a shell.
    package var command: String
    /// The labels, in the dataset's order.
    package var labels: [String]
    /// Where the picture of an example is, by example id, for whoever hands pictures to the page.
    package var pictures: [String: String]
    /// The unchanged spec first, then the variants in the order of the plan.
    package var variants: [VariantResults]
    /// The steps of the plan in an order in which they can run.
    package var steps: [StepRecord]
    package var spending: Spending
    package var leasesLeft: [Lease]
    /// Anything else that a reader must know, a sentence each: leaks between splits, images left out.
    package var warnings: [String]
    /// The contents of the dataset in numbers; `nil` where no dataset was indexed.
    package var dataset: DatasetOverview?
    /// What the models were asked to do; `nil` for classification.
    package var task: TaskChoice?

    package init(
        experiment: String, run: RunID, state: State, startedAt: Date, finishedAt: Date, machine: String,
        version: String, specPath: String, specText: String, command: String, labels: [String],
        pictures: [String: String] = [:], variants: [VariantResults], steps: [StepRecord] = [],
        spending: Spending = Spending(), leasesLeft: [Lease] = [], warnings: [String] = [],
        dataset: DatasetOverview? = nil, task: TaskChoice? = nil
    ) {
        self.task = task
        self.experiment = experiment
        self.run = run
        self.state = state
        self.startedAt = startedAt
        self.finishedAt = finishedAt
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
    package var name: VariantName
    /// What differs from the unchanged spec: path to value, both as text.
    package var changes: [String: String]
    /// The model that the others are compared with; without one, the first model of an evaluation is.
    package var baseline: String?
    /// In the order of the spec.
    package var evaluations: [EvaluationResults]
    package var trainings: [TrainingHistory]
    package var claims: [Claim]
    /// Why there is nothing, or not everything, in the words of the step that failed.
    package var failures: [String]

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
