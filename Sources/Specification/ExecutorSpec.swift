// Where steps that compute run: on this machine, or as jobs of a Slurm cluster.

/// Where training, prediction and programs run. Part of no key: a result does not depend on where it was made.
package enum ExecutorSpec: Hashable, Sendable, Codable {
    case local
    case slurm(SlurmSpec)
}

/// What a job of a cluster asks for. What is absent is left to the cluster's own defaults.
package struct SlurmResourcesSpec: Hashable, Sendable, Codable {
    package var partition: String?
    /// The account that is charged.
    package var account: String?
    /// After this long the cluster ends the job.
    package var time: Duration?
    /// As Slurm writes it: `4G`; a bare number is in megabytes.
    package var memory: String?
    /// Generic resources as Slurm writes them: `gpu:1`.
    package var gres: String?
    /// Features that a node must have, as Slurm writes them.
    package var constraint: String?
    package var cpus: Int?

    package init() {}

    /// These, and those of another where these say nothing.
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

/// How steps become jobs of a Slurm cluster.
package struct SlurmSpec: Hashable, Sendable, Codable {
    /// What every job asks for.
    package var resources = SlurmResourcesSpec()
    /// What epochs of training ask for beside that or in its place.
    package var train = SlurmResourcesSpec()
    /// What predictions ask for.
    package var predict = SlurmResourcesSpec()
    /// What programs ask for.
    package var command = SlurmResourcesSpec()

    package init() {}
}
