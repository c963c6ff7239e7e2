// The events of a run as values; a front end turns them into a live view, plain lines or JSON.

package import Basics

/// The state of a step during a run.
package enum StepState: String, Sendable, Codable, Hashable {
    /// The result existed.
    case cached
    case running
    /// The step ran, and its result is in the store.
    case ran
    case failed
    /// A step that it depends on failed.
    case blocked
    /// Remote work continues without this process (`--detach`).
    case waiting
    /// No step that ran depended on it.
    case notNeeded = "not-needed"
}

/// An event that a run reports while it proceeds, for the terminal, the event stream and `live.json`.
package enum RunEvent: Sendable {
    /// Steps whose results existed when they were looked up.
    case cached([StepID])
    case step(StepID, StepState, seconds: Double?, message: String?)
    /// The progress of a running step; `fraction` is `nil` if only a text is known.
    case progress(StepID, fraction: Double?, text: String)
    /// An event that deserves its own line: an adoption, a retry, a deleted deployment.
    case note(StepID?, String)
}
