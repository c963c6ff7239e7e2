// Steps of a model that a user's program trains: its epochs and its predictions.

package import Basics
package import Specification
package import TaskKit

/// The properties of a trainer that determine its results, apart from its data and the number of epochs.
package struct TrainerProgram: Hashable, Sendable, Codable {
    /// The command line without the final argument, which the trainer contract appends.
    package var command: CommandLine
    /// The digests of its declared files, by their paths in its folder.
    package var files: [String: Digest]
    /// Digests of the values of its declared environment variables. Digests, because a value may be a secret.
    package var environment: [String: Digest]
    /// The output of its version command; `nil` without one or before it has run.
    package var versions: String?
    /// The digest of its Python environment's version and packages; `nil` without one.
    package var python: Digest?
    /// As written in the spec.
    package var hyperparameters: JSONValue
    /// JSON pointers of the hyperparameters that are whole numbers written as floats, as in `1.0`; `nil` without any. They
    /// have the same JSON in a key as integers, but not the same meaning for a program.
    package var floats: [String]?
    /// The seed; each repetition has its own.
    package var seed: Int
    /// The task with the options that affect answers; `nil` for classification and for features of a probe.
    package var task: TaskChoice?

    /// Creates a program; `versions` and `python` are `nil` where the spec declares neither.
    package init(
        command: CommandLine, files: [String: Digest], environment: [String: Digest], versions: String?,
        python: Digest?, hyperparameters: JSONValue, seed: Int, task: TaskChoice? = nil
    ) {
        self.command = command
        self.files = files
        self.environment = environment
        self.versions = versions
        self.python = python
        self.hyperparameters = hyperparameters
        let floats = hyperparameters.wholeDoubles
        self.floats = floats.isEmpty ? nil : floats
        self.seed = seed
        self.task = task
    }

    /// The hyperparameters with the numbers' types as written, also after the program was decoded from JSON.
    package var typedHyperparameters: JSONValue { hyperparameters.withDoubles(at: Set(floats ?? [])) }
}

/// The settings of a trainer, which do not affect its results.
package struct TrainerSettings: StepSettings {
    /// The source paths of its declared files, by their paths in its folder.
    package var sources: [String: String]
    /// The folder of the images; `nil` when they are in the store.
    package var imageFolder: String?
    /// The folder of its Python environment; `nil` without one.
    package var pythonFolder: String?
    /// The longest run time of the step, in seconds; `nil` for no limit.
    package var timeLimitSeconds: Double?
    /// Whether one process executes all steps of the trainer.
    package var isLongLived: Bool
    /// The devices that a step of the trainer occupies while it runs locally.
    package var resources: ResourcesSpec
    /// The name of this machine, for programs that report latencies although no evaluation measures them.
    package var machine: String
    /// Whether images without an answer are accepted.
    package var allowsMissing: Bool

    /// - Parameter timeLimitSeconds: `nil` for no limit.
    package init(
        sources: [String: String], imageFolder: String?, pythonFolder: String?, timeLimitSeconds: Double?,
        isLongLived: Bool, resources: ResourcesSpec, machine: String, allowsMissing: Bool = false
    ) {
        self.sources = sources
        self.imageFolder = imageFolder
        self.pythonFolder = pythonFolder
        self.timeLimitSeconds = timeLimitSeconds
        self.isLongLived = isLongLived
        self.resources = resources
        self.machine = machine
        self.allowsMissing = allowsMissing
    }
}

/// One epoch of a trainer. The total number of epochs is not part of the identity, so that further training reuses
/// earlier epochs.
package struct TrainerEpoch: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The trainer's program and hyperparameters.
        package var program: TrainerProgram
        /// Counts from 1.
        package var epoch: Int

        /// - Parameter epoch: counts from 1.
        package init(program: TrainerProgram, epoch: Int) {
            self.program = program
            self.epoch = epoch
        }
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The properties that do not determine the result and are not part of the key.
    package var settings: TrainerSettings

    /// Combines the key's properties with those that are not part of it.
    package init(identity: Identity, settings: TrainerSettings) {
        self.identity = identity
        self.settings = settings
    }
}

/// Predictions of a trainer from a checkpoint.
package struct TrainerPredict: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The trainer's program and hyperparameters.
        package var program: TrainerProgram
        /// Set when the program's latency is measured.
        package var latency: AskOnline.Latency?

        /// - Parameter latency: `nil` when the program's latency is not measured.
        package init(program: TrainerProgram, latency: AskOnline.Latency?) {
            self.program = program
            self.latency = latency
        }
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The properties that do not determine the result and are not part of the key.
    package var settings: TrainerSettings

    /// Combines the key's properties with those that are not part of it.
    package init(identity: Identity, settings: TrainerSettings) {
        self.identity = identity
        self.settings = settings
    }

    /// The output with the scores of labels for each image, as the program wrote them; absent if it wrote none.
    package static let scores = "scores"
}

extension Step {
    /// The program and settings of a trainer's step; `nil` for all other steps.
    package var trainer: (program: TrainerProgram, settings: TrainerSettings)? {
        switch work {
        case .trainerEpoch(let work): (work.identity.program, work.settings)
        case .trainerPredict(let work): (work.identity.program, work.settings)
        case .extractFeatures(let work):
            work.identity.program.flatMap { program in work.settings.trainer.map { (program, $0) } }
        default: nil
        }
    }

    /// Whether the step runs a user's program, so that its output is kept.
    package var runsProgram: Bool { kind.runsProgram }
}

extension StepKind {
    /// Whether steps of this kind run a user's program, so that their output is kept.
    package var runsProgram: Bool { definition.runsProgram }
}
