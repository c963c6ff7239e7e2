// What happens during a run, as data; the front turns it into a live view, plain lines or JSON.

package import Basics

/// How a step ended, or that it goes on.
package enum StepState: String, Sendable, Codable, Hashable {
    /// The result was there.
    case cached
    case running
    /// It ran and its result is in the store.
    case ran
    case failed
    /// Something it needs failed.
    case blocked
    /// Remote work goes on without us (`--detach`).
    case waiting
    /// Nothing that ran needed it.
    case notNeeded = "not-needed"
}

/// One thing that happened during a run.
package enum RunEvent: Sendable {
    /// Steps whose results were there when they were looked at.
    case cached([StepID])
    case step(StepID, StepState, seconds: Double?, message: String?)
    /// How far a running step is; `fraction` is `nil` when only words are known.
    case progress(StepID, fraction: Double?, text: String)
    /// A thing worth a line of its own: an adoption, a retry, a deployment that was deleted.
    case note(StepID?, String)
}
