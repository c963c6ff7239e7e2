// The messages of errors of paid jobs.

extension RemoteJobError: CustomStringConvertible {
    /// The message with the commands that resolve it.
    package var description: String {
        switch self {
        case .quarantined(let id, let reason):
            "job \(id) is in quarantine: \(reason). "
                + "'assay jobs' shows what to check at the provider and how to decide"
        case .ended(let remoteID, let reason):
            "\(remoteID) ended without results: \(reason). 'assay run --retry' retries it"
        case .endedBefore(let remoteID, let reason):
            "\(remoteID ?? "the job") ended without results in an earlier run: \(reason). "
                + "'assay run --retry' retries it"
        case .lost(let remoteID, let reason):
            "\(remoteID) was paid for and collected in an earlier run, its local results are lost, and they cannot be downloaded "
                + "again: \(reason). 'assay run --retry' pays for it again"
        case .unknownState(let remoteID, let state, let hours):
            "\(remoteID) has been in the undocumented state '\(state)' for \(hours) h. Nothing is lost: the next run "
                + "polls it again, and 'assay jobs' shows how to cancel it"
        case .noRoom(let reason): "the provider had no capacity for it: \(reason)"
        }
    }
}

extension InvalidRemoteJobTransition: CustomStringConvertible {
    /// The message for developers: this is a defect of the caller.
    package var description: String { "a remote job that is \(state.rawValue) cannot meet '\(event)'" }
}

extension StepInputMissing: CustomStringConvertible {
    /// The message for developers: this is a defect of the plan.
    package var description: String { "\(step) has no input '\(input)'" }
}
