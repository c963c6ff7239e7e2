// What goes wrong with jobs of a cluster.

/// A structured error of steps on a cluster.
package enum SlurmError: Error, Hashable, Sendable {
    /// A command of Slurm's is not here.
    case noCommand(String)
    /// A command of Slurm's refused, in its own words.
    case command(String, words: String)
    /// The step failed on a node, in its own words.
    case step(String, job: String, node: String)
    /// The job ended without a word of its own.
    case ended(SlurmEnd, job: String, node: String, exitCode: String?, limit: Double?, memory: String?, log: String)
    /// The job is done, and its result cannot be seen.
    case noResult(job: String, node: String, log: String)
    /// The job was lost as often as it is submitted.
    case lost(job: String, times: Int, last: SlurmEnd)
    /// A node computes with something else than what the plan's keys name.
    case otherNumerics(planned: String, found: String)
    /// A task that this version does not know.
    case unknownTask(String)
    /// The cluster has put the job back into its queue too often.
    case requeued(times: Int)

    /// Whether a command may do better a little later, and may have done its work although it says otherwise.
    package var isPassing: Bool {
        guard case .command(_, let words) = self else { return false }
        return [
            "Unable to contact slurm controller", "Socket timed out", "Zero Bytes were transmitted",
            "Connection refused", "Connection timed out", "Transport endpoint", "temporarily unable",
            "Communication connection failure", "Slurm backup controller", "Unexpected message received",
        ].contains { words.contains($0) }
    }
}
