// A submission to Slurm as a value: the arguments of sbatch and the job script.

package import Basics

/// The resources of one job. Absent values are left to the cluster's defaults.
package struct SlurmResources: Hashable, Sendable {
    /// The partition to submit to (`--partition`); `nil` for the cluster's default.
    package var partition: String?
    /// The account to charge (`--account`); `nil` for the user's default.
    package var account: String?
    /// The time limit in seconds, for `--time`.
    package var seconds: Double?
    /// `--mem`, in Slurm's notation: `4G`.
    package var memory: String?
    /// `--gres`, in Slurm's notation: `gpu:1`.
    package var gres: String?
    /// Required node features (`--constraint`); `nil` for none.
    package var constraint: String?
    /// `--cpus-per-task`.
    package var cpus: Int

    /// - Parameter seconds: the time limit.
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

/// A job, or an array of jobs with the same resources.
package struct SlurmJob: Hashable, Sendable {
    /// The job's name at the cluster, by which it is found again.
    package var name: SafeName
    /// The number of tasks; more than one form an array.
    package var tasks: Int
    /// The resources of each task.
    package var resources: SlurmResources
    /// The environment variables that the job sees.
    package var environment: [String: String]
    /// The path of `assay` on the nodes.
    package var program: String
    /// The absolute path of the state folder.
    package var stateFolder: String
    /// The folder in which the run was started.
    package var workingFolder: String

    /// - Parameter tasks: the number of tasks; more than one form an array.
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

    /// The prefix of the names of all jobs submitted by Assay.
    package static let prefix = "assay-"

    /// The maximum size of an array. Slurm's default limit is 1,001 tasks.
    package static let maxTasks = 1000

    /// The arguments of `sbatch`. The environment is passed separately, because every user can read arguments.
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

    /// The job script, which `sbatch` reads from standard input and copies to the node.
    package var script: String {
        "#!/bin/sh\nexec \(SlurmJob.quoted(program)) run-step \(name) --state \(SlurmJob.quoted(stateFolder))\n"
    }

    /// A time in Slurm's notation, `days-hours:minutes:seconds`. Slurm's limits are whole minutes, so the value is
    /// rounded up.
    package static func time(_ seconds: Double) -> String {
        let minutes = max(1, Int(saturating: (seconds / 60).rounded(.up)))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(minutes / 1440)-\(two(minutes / 60 % 24)):\(two(minutes % 60)):00"
    }

    /// A shell-quoted word.
    private static func quoted(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// Groups requests that can form one array, in order of arrival.
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
            return stride(from: 0, to: all.count, by: maxTasks).map { Array(all[$0..<min($0 + maxTasks, all.count)]) }
        }
    }

    /// The name of a submission. It depends on the keys of its steps and on the state folder, because the same steps
    /// of two projects are two jobs.
    package static func name(of keys: [StepKey], in stateFolder: String, attempt: Int) -> SafeName {
        let digest = Digest(of: ([stateFolder] + keys.map(\.digest.hex)).joined(separator: "\n"))
        return SafeName("assay-", digest, number: attempt)
    }
}

/// A request to run a step on the cluster.
package struct SlurmRequest: Sendable {
    /// The step, with the successors that its job may run.
    package var task: SlurmTask
    /// The resources that the job asks for.
    package var resources: SlurmResources
    /// The environment variables that the job sees.
    package var environment: [String: String]

    /// - Parameter environment: the environment variables that the job sees.
    package init(task: SlurmTask, resources: SlurmResources, environment: [String: String]) {
        self.task = task
        self.resources = resources
        self.environment = environment
    }
}
