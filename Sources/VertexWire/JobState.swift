// The states of batch and tuning jobs.

/// The state of a job.
package struct JobState: ProtoWord {
    /// The word on the wire.
    package let rawValue: String
    /// Keeps the word verbatim.
    package init(rawValue: String) { self.rawValue = rawValue }

    /// Accepted, not yet started.
    package static let queued: JobState = "JOB_STATE_QUEUED"
    /// Accepted, waiting for resources.
    package static let pending: JobState = "JOB_STATE_PENDING"
    /// Working.
    package static let running: JobState = "JOB_STATE_RUNNING"
    /// Ended with results; single lines of a batch may have failed.
    package static let succeeded: JobState = "JOB_STATE_SUCCEEDED"
    /// Ended with an error.
    package static let failed: JobState = "JOB_STATE_FAILED"
    /// Being cancelled; may still end in another state.
    package static let cancelling: JobState = "JOB_STATE_CANCELLING"
    /// Cancelled.
    package static let cancelled: JobState = "JOB_STATE_CANCELLED"
    /// Stopped, may be resumed by the service.
    package static let paused: JobState = "JOB_STATE_PAUSED"
    /// Waited or ran too long.
    package static let expired: JobState = "JOB_STATE_EXPIRED"
    /// Being changed; only possible for a running job.
    package static let updating: JobState = "JOB_STATE_UPDATING"
    /// Ended with results for a part of the input.
    package static let partiallySucceeded: JobState = "JOB_STATE_PARTIALLY_SUCCEEDED"

    /// The numbers by which a client may also name a state.
    private static let byNumber: [String: JobState] = [
        "1": .queued, "2": .pending, "3": .running, "4": .succeeded, "5": .failed, "6": .cancelling, "7": .cancelled,
        "8": .paused, "9": .expired, "10": .updating, "11": .partiallySucceeded,
    ]

    /// The state by its word, also if the message names it by number.
    package var named: JobState { JobState.byNumber[rawValue] ?? self }

    /// Whether the job has ended; `nil` for an unknown state.
    package var isEnd: Bool? {
        switch named {
        case .succeeded, .failed, .cancelled, .expired, .partiallySucceeded: true
        case .queued, .pending, .running, .cancelling, .paused, .updating: false
        default: nil
        }
    }

    /// The word without its prefix, in lower case: `partially succeeded`.
    package var shortName: String {
        let name = named.rawValue
        let word = name.hasPrefix("JOB_STATE_") ? String(name.dropFirst(10)) : name
        return word.lowercased().replacing("_", with: " ")
    }
}
