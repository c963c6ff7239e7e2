// Steps of a model that a program of the user's trains: its epochs and its predictions.

package import Basics
package import Specification

/// Everything about a trainer that decides its results, apart from its data and the number of epochs.
package struct TrainerProgram: Hashable, Sendable, Codable {
    /// The command line without the word that the contract appends.
    package var command: CommandLine
    /// The digests of its declared files, by their paths in its folder.
    package var files: [String: Digest]
    /// Digests of the values of its declared environment variables; a value may be a secret.
    package var environment: [String: Digest]
    /// The output of its version command; `nil` without one, and where it has not run yet.
    package var versions: String?
    /// The version and the packages of its Python environment.
    package var python: Digest?
    /// As written in the spec.
    package var hyperparameters: JSONValue
    package var seed: Int

    package init(
        command: CommandLine, files: [String: Digest], environment: [String: Digest], versions: String?,
        python: Digest?, hyperparameters: JSONValue, seed: Int
    ) {
        self.command = command
        self.files = files
        self.environment = environment
        self.versions = versions
        self.python = python
        self.hyperparameters = hyperparameters
        self.seed = seed
    }
}

/// How a trainer is run, which decides no result.
package struct TrainerSettings: StepSettings {
    /// Where its declared files are, by their paths in its folder.
    package var sources: [String: String]
    package var imageFolder: String?
    package var pythonFolder: String?
    /// The longest time for the step, in seconds.
    package var timeLimitSeconds: Double?
    /// Whether one process does all steps of the trainer.
    package var isLongLived: Bool
    package var resources: ResourcesSpec
    /// This machine, for latencies that a program reports although no evaluation measures them.
    package var machine: String
    /// Whether images without an answer are accepted.
    package var allowsMissing: Bool

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

/// One epoch by a program. The number of epochs is not part of it, so that further training reuses what exists.
package struct TrainerEpoch: Hashable, Sendable, Codable {
    package struct Identity: StepIdentity {
        package var program: TrainerProgram
        /// Counts from 1.
        package var epoch: Int

        package init(program: TrainerProgram, epoch: Int) {
            self.program = program
            self.epoch = epoch
        }
    }

    package var identity: Identity
    package var settings: TrainerSettings

    package init(identity: Identity, settings: TrainerSettings) {
        self.identity = identity
        self.settings = settings
    }
}

/// Predictions by a program from a checkpoint.
package struct TrainerPredict: Hashable, Sendable, Codable {
    package struct Identity: StepIdentity {
        package var program: TrainerProgram
        /// Set where the program's latency is measured.
        package var latency: AskOnline.Latency?

        package init(program: TrainerProgram, latency: AskOnline.Latency?) {
            self.program = program
            self.latency = latency
        }
    }

    package var identity: Identity
    package var settings: TrainerSettings

    package init(identity: Identity, settings: TrainerSettings) {
        self.identity = identity
        self.settings = settings
    }

    /// Labels with scores for each image, as the program wrote them; absent if it wrote none.
    package static let scores = "scores"
}

extension Step {
    /// The program of a trainer's step and how it is run; `nil` for all other steps.
    package var trainer: (program: TrainerProgram, settings: TrainerSettings)? {
        switch work {
        case .trainerEpoch(let work): (work.identity.program, work.settings)
        case .trainerPredict(let work): (work.identity.program, work.settings)
        default: nil
        }
    }

    /// Whether a program of the user's does the step, so that its output is kept.
    package var runsProgram: Bool { kind.runsProgram }
}

extension StepKind {
    /// Whether a program of the user's does such steps, so that their output is kept.
    package var runsProgram: Bool { definition.runsProgram }
}
