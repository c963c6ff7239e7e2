// Paid work at a provider as the ledger knows it.

package import Basics
package import Foundation

/// A batch, a fine-tuning job or another paid thing with a life at the provider. Its states are texts here; which may
/// follow which is the engine's affair.
package struct RemoteJob: Hashable, Sendable {
    package var id: Int64
    /// `batch` or `fine-tune`.
    package var kind: String
    /// The provider's account, as in the step's identity.
    package var account: String
    package var key: StepKey
    /// The shard of a batch; empty where the step is one job.
    package var part: String
    /// Counts from 1: a failed job that is tried again is another attempt.
    package var attempt: Int
    /// What travels with the create call: 16 hex digits of the digest of key, part and attempt.
    package var tag: String
    /// The digest of the whole request, to recognise it at the provider.
    package var fingerprint: Digest
    package var state: String
    /// Whether the engine still has to do with it; closed by `finish` and `forget`.
    package var isOpen: Bool
    package var remoteID: String?
    package var run: RunID
    package var step: StepID
    package var emulated: Bool
    package var createdAt: Date
    package var updatedAt: Date
    /// Whatever else is known: counts, the provider's error, why it is in quarantine.
    package var detail: JSONValue
}

/// What is written before a create call.
package struct JobIntent: Hashable, Sendable {
    package var kind: String
    package var account: String
    package var key: StepKey
    package var part: String
    package var attempt: Int
    package var tag: String
    package var fingerprint: Digest
    package var run: RunID
    package var step: StepID
    package var emulated: Bool
    /// The forecast that is held back from the budget until the job ends.
    package var reserve: Money
    package var detail: JSONValue

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

/// Which jobs are asked for; `nil` leaves a thing open.
package struct JobFilter: Hashable, Sendable {
    package var isOpen: Bool?
    package var kind: String?
    package var account: String?
    package var key: StepKey?
    package var states: Set<String>?

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

    package static let open = JobFilter(isOpen: true)
}

/// The tombstone of a job that a person took out of the ledger: the provider may have it all the same.
package struct ForgottenJob: Hashable, Sendable {
    package var kind: String
    package var account: String
    package var tag: String
    /// The job's state when it was forgotten.
    package var state: String
    package var remoteID: String?
    package var step: StepID
    package var forgottenAt: Date
    package var detail: JSONValue
}
