// The files below the state folder through which a coordinator and the nodes of a cluster communicate.

package import Basics
import Foundation
package import Planning
import Platform

/// The paths of messages between coordinator and nodes. Everything except logs is written next to its destination and
/// renamed, which network file systems do atomically; nothing is locked or linked.
///
/// ```
/// slurm/jobs/NAME/keys.json    the intent: the steps of the submission NAME, by task
/// slurm/jobs/NAME/0.json       a task
/// slurm/jobs/NAME/sent         the cluster's job id, once it has replied
/// slurm/jobs/NAME/0.log        the output of a task
/// slurm/jobs/NAME/0.progress   the progress of a task
/// slurm/jobs/NAME/0.seen       marks that the end of a task was reported
/// slurm/steps/KEY/outcome.json the result of a step
/// slurm/steps/KEY/failure.json the reason why a step failed
/// slurm/steps/KEY/claim.json   the task that will run the step after its predecessors
/// ```
package struct SlurmFolder: Sendable {
    /// The folder `slurm` below the state folder.
    package let root: String

    /// - Parameter state: the state folder.
    package init(state: String) { root = state + "/slurm" }

    /// The folder of submissions.
    package var jobs: String { root + "/jobs" }
    /// The folder of results from nodes, by step key.
    package var steps: String { root + "/steps" }
    /// The folder of a submission.
    package func job(_ name: SafeName) -> String { jobs.appending(name) }
    /// The folder in which a node leaves a step's result.
    package func step(_ key: StepKey) -> String { steps + "/" + key.digest.hex }

    /// The file of one part of a task: `json`, `log`, `progress`, `seen`.
    package func task(_ place: SlurmPlace, _ part: String) -> String { job(place.name) + "/\(place.index).\(part)" }

    /// The names of the submissions that have files.
    func submissions() -> [SafeName] { names(in: jobs).compactMap { try? SafeName($0) } }

    /// Reads a JSON file; `nil` if it is missing or not of this type, since a network file system may show it late.
    package func read<Value: Decodable>(_ type: Value.Type, at path: String) -> Value? {
        guard let data = try? LocalFileSystem().read(path) else { return nil }
        return try? JSONDecoder().decode(type, from: data)
    }

    /// The names in a folder. An NFS client remembers names that did not exist; listing the folder makes it ask the
    /// server. (nfs(5), "Directory entry caching".)
    package func names(in folder: String) -> Set<String> { Set((try? LocalFileSystem().list(folder)) ?? []) }

    /// Writes a JSON file by renaming.
    /// - Parameter durable: whether it is on disk when this returns.
    package func write(_ value: some Encodable, at path: String, durable: Bool = true) throws {
        let files = LocalFileSystem()
        try files.makeFolder(Platform.folder(of: path))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try files.replace(path, with: encoder.encode(value), durable: durable)
    }
}

/// A task of a submission.
package struct SlurmPlace: Hashable, Sendable, Codable {
    /// The name of the submission, which is also the job's name at the cluster.
    package var name: SafeName
    /// The index in the job array; 0 for a single job.
    package var index: Int

    /// - Parameter index: the index in the job array; 0 for a single job.
    package init(name: SafeName, index: Int) {
        self.name = name
        self.index = index
    }
}

/// The intent of a submission, written before the cluster is called.
struct SlurmIntent: Codable, Sendable {
    /// The key of each task's first step.
    var keys: [StepKey]
    /// Seconds since 1970, by the coordinator's clock.
    var at: Double
}

/// The work of one job: a step and, in a chain of epochs, its successors.
package struct SlurmTask: Codable, Sendable {
    /// The format that this version writes; a newer one is refused.
    package static let currentFormat = 1

    /// The format of the file.
    package var format = SlurmTask.currentFormat
    /// The key of the first step.
    package var key: StepKey
    /// The steps, in the order in which they run.
    package var steps: [Step]
    /// The digests of the first step's inputs by name.
    package var inputs: [String: Digest]

    /// - Parameter inputs: the digests of the first step's inputs by name.
    package init(key: StepKey, steps: [Step], inputs: [String: Digest]) {
        self.key = key
        self.steps = steps
        self.inputs = inputs
    }
}

/// The result of a step on a node; its outputs are in the store.
package struct SlurmOutcome: Codable, Sendable {
    /// The digests of the outputs by name.
    package var outputs: [String: Digest]
    /// Facts about the run, as in `StepOutcome`.
    package var facts: JSONValue
    /// The duration of the work on the node, in seconds.
    package var seconds: Double
    /// The name of the node.
    package var node: String
    /// The cluster's id of the job.
    package var job: String
    /// Notes that the coordinator reports, one line each; absent if there are none.
    package var notes: [String]?

    /// - Parameter notes: notes that the coordinator reports, one line each.
    package init(
        outputs: [String: Digest], facts: JSONValue, seconds: Double, node: String, job: String,
        notes: [String]? = nil
    ) {
        self.outputs = outputs
        self.facts = facts
        self.seconds = seconds
        self.node = node
        self.job = job
        self.notes = notes
    }
}

/// The failure of a step on a node.
package struct SlurmFailure: Codable, Sendable {
    /// The message of the step's error.
    package var message: String
    /// The task that ran the step.
    package var place: SlurmPlace
    /// The name of the node.
    package var node: String
    /// The cluster's id of the job.
    package var job: String
    /// A damaged or missing object of the store, which is rebuilt before the step is tried again.
    package var broken: Digest?

    /// - Parameter broken: a damaged or missing object of the store.
    package init(message: String, place: SlurmPlace, node: String, job: String, broken: Digest? = nil) {
        self.message = message
        self.place = place
        self.node = node
        self.job = job
        self.broken = broken
    }
}

/// The content of a task's progress file, which the node replaces and the coordinator reads.
package struct SlurmProgress: Codable, Sendable {
    /// The step that is running.
    package var step: StepID
    /// The share that is done, from 0 to 1; `nil` if it is unknown.
    package var fraction: Double?
    /// A short description, shown in the live view.
    package var text: String

    /// - Parameter fraction: the share that is done, from 0 to 1.
    package init(step: StepID, fraction: Double?, text: String) {
        self.step = step
        self.fraction = fraction
        self.text = text
    }
}
