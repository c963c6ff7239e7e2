// A run and its steps as history keeps them.

package import Basics
package import Foundation

/// One `assay run`.
package struct RunRecord: Hashable, Sendable {
    package var id: RunID
    package var experiment: String
    /// The spec's path, as the user named it.
    package var spec: String
    package var startedAt: Date
    package var finishedAt: Date?
    /// `running`, then the state of the last event: `done`, `failed`, `waiting`, …; `died` when its process is gone.
    package var state: String
    package var owner: ProcessOwner
    /// Counts, variants, the report's path, …
    package var detail: JSONValue
}

/// One step of a run.
package struct RunStep: Hashable, Sendable {
    package var step: StepID
    package var kind: String
    /// `nil` when its inputs never came.
    package var key: StepKey?
    /// `cached`, `ran`, `failed`, `blocked`, …
    package var state: String
    package var startedAt: Date?
    package var seconds: Double?
    /// The error of a failed step.
    package var message: String?

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

/// A thing that happened, for `show` and for finding out later.
package struct LedgerEvent: Hashable, Sendable {
    package var at: Date
    package var run: RunID?
    package var step: StepID?
    package var what: String
    package var detail: JSONValue
}
