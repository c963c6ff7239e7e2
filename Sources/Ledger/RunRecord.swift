// Runs, their steps and their events, as the ledger records them.

package import Basics
package import Foundation

/// One `assay run`.
package struct RunRecord: Hashable, Sendable {
    /// The run's id, unique in the ledger.
    package var id: RunID
    /// The name of the experiment in the spec.
    package var experiment: String
    /// The spec's path as the user gave it.
    package var spec: String
    /// The time at which the run started.
    package var startedAt: Date
    /// The time at which the run ended; `nil` while it is running.
    package var finishedAt: Date?
    /// `running`, then the state of the last event: `done`, `failed`, `waiting`, …; `died` when its process is gone.
    package var state: String
    /// The process that executes the run.
    package var owner: ProcessOwner
    /// Counts, variants, the report's path, …
    package var detail: JSONValue

    /// The duration that the run's report states or, for a run without one, the time from its start to its end; `nil`
    /// while it is running.
    package var seconds: Double? {
        detail["seconds"]?.double ?? finishedAt.map { $0.timeIntervalSince(startedAt) }
    }
}

/// The record of a step in a run's history. It may come from an older version, so kind and state are text.
package struct RunStep: Hashable, Sendable {
    /// The step's name in the run's plan.
    package var step: StepID
    /// The step kind's raw value.
    package var kind: String
    /// `nil` when its inputs never became available.
    package var key: StepKey?
    /// `cached`, `ran`, `failed`, `blocked`, …
    package var state: String
    /// The time at which the step started; `nil` when it was not recorded.
    package var startedAt: Date?
    /// The step's duration in seconds; `nil` when it was not measured.
    package var seconds: Double?
    /// The error of a failed step.
    package var message: String?

    /// Creates a record; start time, duration and message stay `nil` for a cached step.
    package init(
        step: StepID, kind: String, key: StepKey?, state: String, startedAt: Date? = nil, seconds: Double? = nil,
        message: String? = nil
    ) {
        self.step = step
        self.kind = kind
        self.key = key
        self.state = state
        self.startedAt = startedAt
        self.seconds = seconds
        self.message = message
    }
}

/// An event in the history, for `show` and for later diagnosis.
package struct LedgerEvent: Hashable, Sendable {
    /// The time at which the event was recorded.
    package var at: Date
    /// The run that the event belongs to; `nil` for an event outside any run.
    package var run: RunID?
    /// The step that the event concerns; `nil` when it concerns the whole run.
    package var step: StepID?
    /// The event's name.
    package var what: String
    /// The event's data; its members depend on the event.
    package var detail: JSONValue
}
