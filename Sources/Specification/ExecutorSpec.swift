// The executor of compute steps: this machine, or jobs of a Slurm cluster.

/// The executor of training, prediction and programs. Not part of any key: a result does not depend on the machine.
package enum ExecutorSpec: Hashable, Sendable, Codable {
    case local
    case slurm(SlurmSpec)
}

/// The resources that a cluster job requests. Absent values use the cluster's defaults.
package struct SlurmResourcesSpec: Hashable, Sendable, Codable {
    /// The partition (queue) of the job; `nil` for the cluster's default.
    package var partition: String?
    /// The Slurm account that is charged.
    package var account: String?
    /// The time limit after which the cluster terminates the job.
    package var time: Duration?
    /// The memory in Slurm's notation, such as `4G`; a bare number is in megabytes.
    package var memory: String?
    /// Generic resources in Slurm's notation, such as `gpu:1`.
    package var gres: String?
    /// Required node features in Slurm's notation.
    package var constraint: String?
    /// The number of CPUs per job; `nil` for the cluster's default.
    package var cpus: Int?

    /// Requests nothing: every value uses the cluster's default.
    package init() {}

    /// These resources, with absent values taken from another request.
    package func over(_ other: SlurmResourcesSpec) -> SlurmResourcesSpec {
        var joined = self
        joined.partition = partition ?? other.partition
        joined.account = account ?? other.account
        joined.time = time ?? other.time
        joined.memory = memory ?? other.memory
        joined.gres = gres ?? other.gres
        joined.constraint = constraint ?? other.constraint
        joined.cpus = cpus ?? other.cpus
        return joined
    }
}

/// The settings for jobs of a Slurm cluster.
package struct SlurmSpec: Hashable, Sendable, Codable {
    /// The resources of every job.
    package var resources = SlurmResourcesSpec()
    /// Resources of training epochs; they take precedence over `resources`.
    package var train = SlurmResourcesSpec()
    /// Resources of predictions; they take precedence over `resources`.
    package var predict = SlurmResourcesSpec()
    /// Resources of programs; they take precedence over `resources`.
    package var command = SlurmResourcesSpec()

    /// Uses the cluster's defaults for all jobs.
    package init() {}
}
