// The messages of errors of steps on a cluster.

extension SlurmError: CustomStringConvertible {
    /// The message, with the relevant setting if there is one.
    package var description: String {
        switch self {
        case .noCommand(let program): "'\(program)' was not found: the cluster's commands must be in PATH"
        case .command(let program, let message): "\(program) refused: \(message)"
        case .step(let message, let job, let node): "\(message) (Slurm job \(job) on \(node))"
        case .ended(let end, let job, let node, let exitCode, let limit, let memory, let log):
            "Slurm job \(job)\(node.isEmpty ? "" : " on \(node)") "
                + SlurmError.outcome(end, exitCode: exitCode, limit: limit, memory: memory)
                + (log.isEmpty ? "" : "; its output: \(log)")
        case .noResult(let job, let node, let log):
            "Slurm job \(job) on \(node) is done, but its result is not visible: check that the state folder is shared with the node."
                + (log.isEmpty ? "" : " Its output: \(log)")
        case .lost(let job, let times, let last):
            "submitted \(times) times and lost each time, the last time as Slurm job \(job) "
                + SlurmError.outcome(last, exitCode: nil, limit: nil, memory: nil)
        case .otherNumerics(let planned, let found):
            "this node computes with \(found), but the plan's keys contain \(planned); choose identical nodes "
                + "with 'constraint' or 'partition', or start the run on such a node"
        case .unknownTask(let name): "there is no task of '\(name)' that this version of assay can run"
        case .requeued(let times): "the cluster put the job back into its queue \(times) times"
        }
    }

    private static func outcome(_ end: SlurmEnd, exitCode: String?, limit: Double?, memory: String?) -> String {
        switch end {
        case .completed: "is done"
        case .failed: "failed" + (exitCode.map { " with exit code \($0)" } ?? "")
        case .cancelled: "was cancelled"
        case .timeLimit:
            "reached its time limit" + (limit.map { " of \(SlurmJob.time($0))" } ?? "")
                + "; raise 'time' of the executor"
        case .outOfMemory:
            "ran out of memory" + (memory.map { " (\($0))" } ?? "") + "; raise 'memory' of the executor"
        case .lost: "was lost with its node or preempted"
        case .forgotten: "is no longer known to the cluster"
        }
    }
}
