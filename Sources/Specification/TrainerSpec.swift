// A model that a program of the user's trains, epoch by epoch.

package import Basics

/// A program that trains one epoch at a time and predicts from a checkpoint; the contract is described in
/// `docs/trainers.md`. As with built-in networks, the number of epochs decides how many steps there are and is in no key.
package struct TrainerSpec: Hashable, Sendable, Codable {
    /// The program with its arguments; `epoch`, `predict` or `serve` is appended.
    package var program: CommandLine
    /// The split whose train part is trained on and whose validation part selects the epoch.
    package var data: TrainDataSpec
    /// Passes over the train part.
    package var epochs: Int
    /// Files and folders that the program reads, and outputs of other commands; part of the key by their content.
    package var inputs: [CommandInput]
    /// Values that the program receives as they are written; part of the key.
    package var hyperparameters: JSONValue
    /// Passed to the program; part of the key.
    package var seed: Int
    /// Which epoch's checkpoint is the model.
    package var select: TrainSpec.Selection
    /// Names of environment variables that the program sees and that are part of the key.
    package var environment: [String]
    /// A command whose output is part of the key, such as one that prints the versions of libraries.
    package var versions: CommandLine?
    /// The folder of a Python virtual environment; its Python version and installed packages are part of the key.
    package var python: FileReference?
    /// The longest time that one epoch or one prediction may take.
    package var timeLimit: Duration?
    /// Whether one process trains all epochs; it decides no result.
    package var isLongLived: Bool
    /// Devices that an epoch or a prediction occupies; they decide no result.
    package var resources: ResourcesSpec

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

    /// The program as a command with declared inputs, for everything that commands and trainers share.
    package var command: CommandSpec {
        CommandSpec(
            run: program, inputs: inputs, environment: environment, timeLimit: timeLimit, python: python)
    }
}

/// Devices that a step occupies while it runs on this machine.
package struct ResourcesSpec: Hashable, Sendable, Codable {
    /// GPUs; a step waits until as many are free and sees only those (`CUDA_VISIBLE_DEVICES`).
    package var gpu: Int

    package init(gpu: Int = 0) { self.gpu = gpu }
}
