// The states of a paid remote job as a pure state machine; documented in docs/remote-jobs.md.

/// The state of a remote job. The ledger stores the raw value.
///
/// ```
/// planned -> intended -> submitted -> running -> finished -> collected
///      ^--------+ |          |           |           |
///                 |          +-----------+-----------+-> failed
///                 +-> quarantined
/// ```
package enum RemoteJobState: String, Sendable, Codable, CaseIterable {
    /// Nothing has been written or sent.
    case planned
    /// The ledger holds the intent; a create call may have been sent.
    case intended
    /// The provider returned the job's id.
    case submitted
    /// The provider is working on it.
    case running
    /// The provider is done, and results can be downloaded.
    case finished
    /// The results are in the store. Final.
    case collected
    /// The provider ended it without a result. Final for this attempt.
    case failed
    /// It cannot be known whether it was created; a person decides.
    case quarantined

    /// Whether no further event is expected: collected or failed.
    package var isEnd: Bool {
        switch self {
        case .collected, .failed: true
        default: false
        }
    }
}

/// An observation or action that may change the state of a remote job: the input of the state machine.
package enum RemoteJobEvent: Sendable, Hashable {
    /// The intent is on disk.
    case intentRecorded
    /// The create call returned an id, or a listing showed the job with our tag.
    case created
    /// The provider certainly did not create it (connection refused, or a 4xx reply).
    case notCreated
    /// The outcome of the create call cannot be known.
    case outcomeUnknown
    /// The provider reports progress.
    case progressed
    /// The provider reports the end, with results.
    case completed
    /// The provider reports the end, without results.
    case ended
    /// The results are in the store or in a journal.
    case resultsStored
    /// A person states that the job does not exist or is not ours.
    case forgotten
}

/// An event that is impossible in a state: a defect of the caller.
package struct InvalidRemoteJobTransition: Error, Hashable, Sendable {
    /// The state in which the event arrived.
    package let state: RemoteJobState
    /// The impossible event.
    package let event: RemoteJobEvent
}

extension RemoteJobState {
    /// The state after an event.
    /// - Throws: `InvalidRemoteJobTransition` if the event is impossible in this state.
    package func after(_ event: RemoteJobEvent) throws(InvalidRemoteJobTransition) -> RemoteJobState {
        switch (self, event) {
        case (.planned, .intentRecorded): .intended
        case (.intended, .created), (.quarantined, .created): .submitted
        case (.intended, .notCreated), (.quarantined, .forgotten): .planned
        // A listing may show that a job whose reply was lost has failed meanwhile.
        case (.intended, .ended): .failed
        case (.intended, .outcomeUnknown): .quarantined
        case (.submitted, .progressed), (.running, .progressed): .running
        case (.submitted, .completed), (.running, .completed): .finished
        // A finished job can disappear before its results are downloaded.
        case (.submitted, .ended), (.running, .ended), (.finished, .ended): .failed
        case (.finished, .resultsStored): .collected
        // Polling an ended job again changes nothing: results that are lost locally are downloaded again.
        case (.finished, .completed), (.finished, .progressed): .finished
        case (.collected, .resultsStored), (.collected, .completed), (.collected, .progressed), (.collected, .ended):
            .collected
        default: throw InvalidRemoteJobTransition(state: self, event: event)
        }
    }
}
