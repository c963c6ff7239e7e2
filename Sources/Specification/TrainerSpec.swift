// Models that are trained by a user's program, epoch by epoch.

package import Basics

/// A program that trains one epoch at a time and predicts from a checkpoint; `docs/trainers.md` describes the
/// contract. As with built-in networks, the number of epochs determines the number of steps and is not part of any
/// key.
package struct TrainerSpec: Hashable, Sendable, Codable {
    /// The program with its arguments; `epoch`, `predict` or `serve` is appended.
    package var program: CommandLine
    /// The split that provides the training images and, for checkpoint selection, the validation images.
    package var data: TrainDataSpec
    /// The number of passes over the train part.
    package var epochs: Int
    /// Files and folders that the program reads, and outputs of other commands. Their contents are part of the key.
    package var inputs: [CommandInput]
    /// Values passed to the program as written. Part of the key.
    package var hyperparameters: JSONValue
    /// The seed passed to the program. Part of the key.
    package var seed: Int
    /// The rule for choosing the epoch from which the model is taken.
    package var select: TrainSpec.Selection
    /// The names of environment variables that the program receives. Part of the key.
    package var environment: [String]
    /// A command with output that is part of the key, such as one that prints library versions; `nil` for none.
    package var versions: CommandLine?
    /// The folder of a Python virtual environment. Its Python version and installed packages are part of the key.
    package var python: FileReference?
    /// The time limit of one epoch or one prediction; `nil` for none.
    package var timeLimit: Duration?
    /// Whether one process trains all epochs. Not part of the key.
    package var isLongLived: Bool
    /// The devices that an epoch or a prediction occupies. Not part of the key.
    package var resources: ResourcesSpec

    /// - Parameter timeLimit: for each epoch and each prediction.
    package init(
        program: CommandLine, data: TrainDataSpec, epochs: Int, inputs: [CommandInput] = [],
        hyperparameters: JSONValue = .object([:]), seed: Int = 0,
        select: TrainSpec.Selection = .bestValidationAccuracy, environment: [String] = [],
        versions: CommandLine? = nil, python: FileReference? = nil, timeLimit: Duration? = nil,
        isLongLived: Bool = false, resources: ResourcesSpec = ResourcesSpec()
    ) {
        self.program = program
        self.data = data
        self.epochs = epochs
        self.inputs = inputs
        self.hyperparameters = hyperparameters
        self.seed = seed
        self.select = select
        self.environment = environment
        self.versions = versions
        self.python = python
        self.timeLimit = timeLimit
        self.isLongLived = isLongLived
        self.resources = resources
    }

    /// The program as a command with declared inputs, for code shared by commands and trainers.
    package var command: CommandSpec {
        CommandSpec(
            run: program, inputs: inputs, environment: environment, timeLimit: timeLimit, python: python)
    }
}

/// The devices that a step occupies on this machine.
package struct ResourcesSpec: Hashable, Sendable, Codable {
    /// The number of GPUs. A step waits until enough are free and sees only those (`CUDA_VISIBLE_DEVICES`).
    package var gpu: Int

    /// - Parameter gpu: the number of GPUs; 0 for a step that needs none.
    package init(gpu: Int = 0) { self.gpu = gpu }
}
