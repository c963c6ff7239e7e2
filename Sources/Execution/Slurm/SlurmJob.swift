// A submission to Slurm as a value: the arguments of sbatch and the script of the job.

package import Basics

/// What one job asks for. What is absent is left to the cluster's defaults.
package struct SlurmResources: Hashable, Sendable {
    package var partition: String?
    package var account: String?
    package var seconds: Double?
    /// As Slurm writes it: `4G`.
    package var memory: String?
    package var gres: String?
    package var constraint: String?
    package var cpus: Int

    package init(
        partition: String? = nil, account: String? = nil, seconds: Double? = nil, memory: String? = nil,
        gres: String? = nil, constraint: String? = nil, cpus: Int = 1
    ) {
        self.partition = partition
        self.account = account
        self.seconds = seconds
        self.memory = memory
        self.gres = gres
        self.constraint = constraint
        self.cpus = cpus
    }
}

/// A job, or an array of jobs that ask for the same.
package struct SlurmJob: Hashable, Sendable {
    /// The job's name at the cluster, by which it is found again.
    package var name: SafeName
    /// How many tasks; more than one make an array.
    package var tasks: Int
    package var resources: SlurmResources
    /// What the job sees of the coordinator's environment, by value.
    package var environment: [String: String]
    /// The path of `assay` on the nodes.
    package var program: String
    package var stateFolder: String
    package var workingFolder: String

    package init(
        name: SafeName, tasks: Int, resources: SlurmResources, environment: [String: String], program: String,
        stateFolder: String, workingFolder: String
    ) {
        self.name = name
        self.tasks = tasks
        self.resources = resources
        self.environment = environment
        self.program = program
        self.stateFolder = stateFolder
        self.workingFolder = workingFolder
    }

    /// The names of Slurm's jobs that are ours begin with this.
    package static let prefix = "assay-"

    /// Slurm's default for the largest array is 1,001 tasks.
    package static let mostTasks = 1000

    /// The arguments of `sbatch`. The environment travels as its own, never here: every user can read arguments.
    /// (sbatch, "Options".)
    package var arguments: [String] {
        let log = SlurmFolder(state: stateFolder).job(name)
        var arguments = [
            "--parsable", "--job-name=\(name)", "--chdir=\(workingFolder)", "--export=ALL", "--requeue",
            "--open-mode=append", "--nodes=1", "--ntasks=1", "--cpus-per-task=\(resources.cpus)",
            "--output=\(log)/\(tasks > 1 ? "%a" : "0").log",
        ]
        if tasks > 1 { arguments.append("--array=0-\(tasks - 1)") }
        if let partition = resources.partition { arguments.append("--partition=\(partition)") }
        if let account = resources.account { arguments.append("--account=\(account)") }
        if let seconds = resources.seconds { arguments.append("--time=\(SlurmJob.time(seconds))") }
        if let memory = resources.memory { arguments.append("--mem=\(memory)") }
        if let gres = resources.gres { arguments.append("--gres=\(gres)") }
        if let constraint = resources.constraint { arguments.append("--constraint=\(constraint)") }
        return arguments
    }

    /// The script, which `sbatch` reads from standard input and the node keeps a copy of.
    package var script: String {
        "#!/bin/sh\nexec \(SlurmJob.quoted(program)) run-step \(name) --state \(SlurmJob.quoted(stateFolder))\n"
    }

    /// Slurm's `days-hours:minutes:seconds`; its limits are whole minutes, so a part of one is a whole one.
    package static func time(_ seconds: Double) -> String {
        let minutes = max(1, Int(saturating: (seconds / 60).rounded(.up)))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(minutes / 1440)-\(two(minutes / 60 % 24)):\(two(minutes % 60)):00"
    }

    /// A word of a shell's line.
    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// Requests that may be one array, in the order in which they came.
    package static func groups(_ requests: [SlurmRequest]) -> [[SlurmRequest]] {
        struct Alike: Hashable {
            var resources: SlurmResources
            var environment: [String: String]
        }
        var order: [Alike] = []
        var alike: [Alike: [SlurmRequest]] = [:]
        for request in requests {
            let kind = Alike(resources: request.resources, environment: request.environment)
            if alike[kind] == nil { order.append(kind) }
            alike[kind, default: []].append(request)
        }
        return order.flatMap { kind in
            let all = alike[kind] ?? []
            return stride(from: 0, to: all.count, by: mostTasks).map { Array(all[$0..<min($0 + mostTasks, all.count)]) }
        }
    }

    /// What a submission is called: by the keys of its steps and the state folder, as the same steps of two projects
    /// are two jobs.
    package static func name(of keys: [StepKey], in stateFolder: String, attempt: Int) -> SafeName {
        let digest = Digest(of: ([stateFolder] + keys.map(\.digest.hex)).joined(separator: "\n"))
        return SafeName("assay-", digest, number: attempt)
    }
}

/// A step that wants to run on the cluster.
package struct SlurmRequest: Sendable {
    package var task: SlurmTask
    package var resources: SlurmResources
    package var environment: [String: String]

    package init(task: SlurmTask, resources: SlurmResources, environment: [String: String]) {
        self.task = task
        self.resources = resources
        self.environment = environment
    }
}
