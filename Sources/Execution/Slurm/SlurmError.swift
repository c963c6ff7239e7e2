// The errors of steps that run as jobs of a cluster.

/// An error of a step on a cluster.
package enum SlurmError: Error, Hashable, Sendable {
    /// One of Slurm's commands is not installed.
    case noCommand(String)
    /// One of Slurm's commands failed, with its message.
    case command(String, message: String)
    /// The step failed on a node, with its message.
    case step(String, job: String, node: String)
    /// The job ended without reporting a reason.
    case ended(SlurmEnd, job: String, node: String, exitCode: String?, limit: Double?, memory: String?, log: String)
    /// The job has ended, and its result is not visible.
    case noResult(job: String, node: String, log: String)
    /// The job was lost in every attempt.
    case lost(job: String, times: Int, last: SlurmEnd)
    /// The node's numeric library differs from the one in the step's key.
    case otherNumerics(planned: String, found: String)
    /// A task of an unknown format.
    case unknownTask(String)
    /// The cluster requeued the job too often.
    case requeued(times: Int)

    /// Whether the command may succeed later, and may have had an effect although it failed.
    package var isPassing: Bool {
        guard case .command(_, let message) = self else { return false }
        return [
            "Unable to contact slurm controller", "Socket timed out", "Zero Bytes were transmitted",
            "Connection refused", "Connection timed out", "Transport endpoint", "temporarily unable",
            "Communication connection failure", "Slurm backup controller", "Unexpected message received",
        ].contains { message.contains($0) }
    }
}
