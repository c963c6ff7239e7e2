// Where a coordinator and the nodes of a cluster meet: files below the state folder, which all of them see.

package import Basics
import Foundation
package import Planning
import Platform

/// The paths of what a coordinator tells nodes and nodes tell it. Everything but logs is written beside its place and
/// renamed, which network file systems do at once; nothing is locked or linked.
///
/// ```
/// slurm/jobs/NAME/keys.json    the intent: what the submission called NAME works on, by task
/// slurm/jobs/NAME/0.json       a task
/// slurm/jobs/NAME/sent         the cluster's id, once it has answered
/// slurm/jobs/NAME/0.log        what a task wrote
/// slurm/jobs/NAME/0.progress   how far it is
/// slurm/jobs/NAME/0.seen       a task's end has been told
/// slurm/steps/KEY/outcome.json what a step made
/// slurm/steps/KEY/failure.json why it could not
/// slurm/steps/KEY/claim.json   the task that comes to it after the steps before
/// ```
package struct SlurmFolder: Sendable {
    package let root: String

    /// - Parameter state: the state folder.
    package init(state: String) { root = state + "/slurm" }

    package var jobs: String { root + "/jobs" }
    package var steps: String { root + "/steps" }
    package func job(_ name: SafeName) -> String { jobs.appending(name) }
    package func step(_ key: StepKey) -> String { steps + "/" + key.digest.hex }

    /// The file of a task's own part: `json`, `log`, `progress`, `seen`.
    package func task(_ place: SlurmPlace, _ part: String) -> String { job(place.name) + "/\(place.index).\(part)" }

    /// The submissions that there are files of.
    func submissions() -> [SafeName] { names(in: jobs).compactMap { try? SafeName($0) } }

    package func read<Value: Decodable>(_ type: Value.Type, at path: String) -> Value? {
        guard let data = try? LocalFileSystem().read(path) else { return nil }
        return try? JSONDecoder().decode(type, from: data)
    }

    /// What is in a folder. A client of a network file system remembers which names were not there; reading the folder
    /// has it ask whether there is anything new. (nfs(5), "Directory entry caching".)
    package func names(in folder: String) -> Set<String> { Set((try? LocalFileSystem().list(folder)) ?? []) }

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
    /// The submission's name, which is the job's name at the cluster.
    package var name: SafeName
    /// The index in the array; 0 for a job of its own.
    package var index: Int

    package init(name: SafeName, index: Int) {
        self.name = name
        self.index = index
    }
}

/// The intent of a submission, written before the cluster is asked.
struct SlurmIntent: Codable, Sendable {
    /// The first step's key of each task.
    var keys: [StepKey]
    /// Seconds since 1970, by the coordinator's clock.
    var at: Double
}

/// What one job does: a step and, in a chain of epochs, those that follow it.
package struct SlurmTask: Codable, Sendable {
    package static let currentFormat = 1

    package var format = SlurmTask.currentFormat
    /// The key of the first step.
    package var key: StepKey
    package var steps: [Step]
    /// The inputs of the first step by name.
    package var inputs: [String: Digest]

    package init(key: StepKey, steps: [Step], inputs: [String: Digest]) {
        self.key = key
        self.steps = steps
        self.inputs = inputs
    }
}

/// What a step made on a node: its outputs are in the store.
package struct SlurmOutcome: Codable, Sendable {
    package var outputs: [String: Digest]
    package var facts: JSONValue
    package var seconds: Double
    package var node: String
    package var job: String
    /// What is worth a line each; absent where there is nothing.
    package var notes: [String]?

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

/// Why a step failed on a node.
package struct SlurmFailure: Codable, Sendable {
    package var message: String
    package var place: SlurmPlace
    package var node: String
    package var job: String
    /// An object of the store that is damaged or missing; it is made again, and the step tried again.
    package var broken: Digest?

    package init(message: String, place: SlurmPlace, node: String, job: String, broken: Digest? = nil) {
        self.message = message
        self.place = place
        self.node = node
        self.job = job
        self.broken = broken
    }
}

/// How far a task is.
package struct SlurmProgress: Codable, Sendable {
    package var step: StepID
    package var fraction: Double?
    package var text: String

    package init(step: StepID, fraction: Double?, text: String) {
        self.step = step
        self.fraction = fraction
        self.text = text
    }
}
