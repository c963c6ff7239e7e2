// The life of a paid remote job as a pure state machine; drawn in docs/remote-jobs.md.

/// Where a remote job is. The raw value is what the ledger keeps.
///
/// ```
/// planned -> intended -> submitted -> running -> finished -> collected
///      ^--------+ |          |           |           |
///                 |          +-----------+-----------+-> failed
///                 +-> quarantined
/// ```
package enum RemoteJobState: String, Sendable, Codable, CaseIterable {
    /// Nothing was written or sent yet.
    case planned
    /// The ledger holds the intent, so a create call may have been sent.
    case intended
    /// The provider told the job's id.
    case submitted
    /// The provider works on it.
    case running
    /// The provider is done and results can be fetched.
    case finished
    /// The results are in the store: the end.
    case collected
    /// The provider ended it without a result: the end of this attempt.
    case failed
    /// It cannot be known whether it was created: a person decides.
    case quarantined

    package var isEnd: Bool {
        switch self {
        case .collected, .failed: true
        default: false
        }
    }
}

/// What happened to a remote job.
package enum RemoteJobEvent: Sendable, Hashable {
    /// The intent is durable.
    case intentRecorded
    /// The create call answered with an id, or a listing showed the job that carries our tag.
    case created
    /// The provider surely did not create it (connection refused, or a 4xx answer): as if it had not been intended.
    case notCreated
    /// The create call's outcome cannot be known.
    case outcomeUnknown
    /// The provider reports work.
    case progressed
    /// The provider reports the end, with results.
    case completed
    /// The provider reports the end, without results.
    case ended
    /// The results are in the store or in a journal.
    case resultsStored
    /// A person says that the job does not exist or is not ours.
    case forgotten
}

/// An event that cannot happen in a state: a defect of the caller.
package struct InvalidRemoteJobTransition: Error, Hashable, Sendable {
    package let state: RemoteJobState
    package let event: RemoteJobEvent
}

extension RemoteJobState {
    /// The state after an event.
    /// - Throws: `InvalidRemoteJobTransition` when the event cannot happen here.
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
        // What was finished can be gone before it was fetched.
        case (.submitted, .ended), (.running, .ended), (.finished, .ended): .failed
        case (.finished, .resultsStored): .collected
        // Asking again about something that has ended changes nothing: results that are lost here are fetched again.
        case (.finished, .completed), (.finished, .progressed): .finished
        case (.collected, .resultsStored), (.collected, .completed), (.collected, .progressed), (.collected, .ended):
            .collected
        default: throw InvalidRemoteJobTransition(state: self, event: event)
        }
    }
}
