// Remote jobs: paid work at a provider, as the ledger records it.

package import Basics
package import Foundation

/// A batch, a fine-tuning job or other paid work that the provider runs asynchronously. States are plain text here;
/// the engine defines the transitions.
package struct RemoteJob: Hashable, Sendable {
    /// The job's row in the ledger, as `assay jobs` shows it.
    package var id: Int64
    /// `batch` or `fine-tune`.
    package var kind: String
    /// The provider account, as in the step's identity.
    package var account: String
    /// The key of the step that the job belongs to.
    package var key: StepKey
    /// The shard of a batch; empty when the step is a single job.
    package var part: String
    /// Counts from 1; a retry of a failed job is a new attempt.
    package var attempt: Int
    /// The tag sent with the create call: 16 hex digits of the digest of key, part and attempt.
    package var tag: String
    /// The digest of the whole request, for recognising the job at the provider.
    package var fingerprint: Digest
    /// `intended`, `submitted`, `quarantined` or another state that the engine defines.
    package var state: String
    /// Whether the engine still has to act on the job; `finish` closes it.
    package var isOpen: Bool
    /// The provider's id of the job; `nil` until it is known.
    package var remoteID: String?
    /// The run that created the job.
    package var run: RunID
    /// The name of the job's step in that run's plan.
    package var step: StepID
    /// Whether an emulator runs the job, so that no real money is due.
    package var emulated: Bool
    /// The time at which the intent was recorded.
    package var createdAt: Date
    /// The time of the last recorded change.
    package var updatedAt: Date
    /// Other known facts: counts, the provider's error, the reason for a quarantine.
    package var detail: JSONValue
}

/// The record that is written before a create call.
package struct JobIntent: Hashable, Sendable {
    /// `batch` or `fine-tune`.
    package var kind: String
    /// The provider account, as in the step's identity.
    package var account: String
    /// The key of the step that the job belongs to.
    package var key: StepKey
    /// The shard of a batch; empty when the step is a single job.
    package var part: String
    /// Counts from 1; a retry of a failed job is a new attempt.
    package var attempt: Int
    /// The tag sent with the create call; see ``RemoteJob/tag``.
    package var tag: String
    /// The digest of the whole request, for recognising the job at the provider.
    package var fingerprint: Digest
    /// The run that creates the job.
    package var run: RunID
    /// The name of the job's step in that run's plan.
    package var step: StepID
    /// Whether an emulator runs the job; it counts against the emulated balance then.
    package var emulated: Bool
    /// The forecast cost, reserved from the budget until the job ends.
    package var reserve: Money
    /// Initial facts; later changes of state merge theirs into them.
    package var detail: JSONValue

    /// Creates an intent. Account, key, part and attempt together identify the work; the ledger accepts them once.
    package init(
        kind: String, account: String, key: StepKey, part: String = "", attempt: Int = 1, tag: String,
        fingerprint: Digest, run: RunID, step: StepID, emulated: Bool, reserve: Money, detail: JSONValue = .object([:])
    ) {
        self.kind = kind
        self.account = account
        self.key = key
        self.part = part
        self.attempt = attempt
        self.tag = tag
        self.fingerprint = fingerprint
        self.run = run
        self.step = step
        self.emulated = emulated
        self.reserve = reserve
        self.detail = detail
    }
}

/// A filter for jobs; `nil` properties match every job.
package struct JobFilter: Hashable, Sendable {
    /// Whether the engine still has to act on the job.
    package var isOpen: Bool?
    /// `batch` or `fine-tune`.
    package var kind: String?
    /// The provider account, as in the step's identity.
    package var account: String?
    /// The key of the step that the job belongs to.
    package var key: StepKey?
    /// The states to include; an empty set matches no job.
    package var states: Set<String>?

    /// Creates a filter that matches every job unless properties are given.
    package init(
        isOpen: Bool? = nil, kind: String? = nil, account: String? = nil, key: StepKey? = nil,
        states: Set<String>? = nil
    ) {
        self.isOpen = isOpen
        self.kind = kind
        self.account = account
        self.key = key
        self.states = states
    }

    /// Matches the jobs that the engine still has to act on.
    package static let open = JobFilter(isOpen: true)
}

/// The tombstone of a job that a person removed from the ledger; the provider may still have the job.
package struct ForgottenJob: Hashable, Sendable {
    /// `batch` or `fine-tune`.
    package var kind: String
    /// The provider account, as in the step's identity.
    package var account: String
    /// The tag that was sent with the create call; see ``RemoteJob/tag``.
    package var tag: String
    /// The job's state when it was removed.
    package var state: String
    /// The provider's id of the job; `nil` when it was never known.
    package var remoteID: String?
    /// The name of the job's step in the plan of its run.
    package var step: StepID
    /// The time of the removal.
    package var forgottenAt: Date
    /// The job's detail at the time of its removal.
    package var detail: JSONValue
}
