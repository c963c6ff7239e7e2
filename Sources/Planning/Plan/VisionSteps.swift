// Steps of the network that is trained here: epochs, the choice among them, predictions.

package import Basics
package import Specification
package import VisionProtocol

/// What decides the bytes that a computation gives, beside its inputs.
package struct Numerics: Hashable, Sendable, Codable {
    package var library: String
    package var version: String
    package var blas: String
    package var device: String
    package var instructions: String
    package var threads: Int

    package init(_ library: NumericLibrary, threads: Int?) {
        self.library = library.library
        version = library.version
        blas = library.blas
        device = library.device
        instructions = library.instructions
        self.threads = threads ?? library.threads
    }
}

/// Trains one epoch. The number of epochs is no part of it, so that training further reuses what is there.
package struct TrainEpoch: Hashable, Sendable, Codable {
    package enum Weights: Hashable, Sendable, Codable {
        case none
        /// A local file by its content.
        case file(Digest)
        /// The file comes from `fetch-archive`.
        case fetched
    }

    package struct Identity: StepIdentity {
        package var recipe: TrainingRecipe
        /// Counts from 1.
        package var epoch: Int
        /// What the first epoch starts from; later ones start from the checkpoint before.
        package var weights: Weights?
        /// The set of tensors to take from the weights, where the file has several that fit.
        package var weightsKey: String?
        package var numerics: Numerics
    }

    package struct Settings: StepSettings {
        package var weightsPath: String?
        package var imageFolder: String?
    }

    package var identity: Identity
    package var settings: Settings

    package init(identity: Identity, settings: Settings) {
        self.identity = identity
        self.settings = settings
    }

    package static let checkpoint = "checkpoint"
    /// The epoch's losses and accuracies, as `EpochMetrics`.
    package static let metrics = "metrics"
}

/// Chooses an epoch's checkpoint.
package struct SelectCheckpoint: Hashable, Sendable, Codable {
    package struct Identity: StepIdentity {
        package var rule: TrainSpec.Selection
        package var epochs: Int
    }

    package var identity: Identity
    package var settings = NoSettings()

    package init(rule: TrainSpec.Selection, epochs: Int) { identity = Identity(rule: rule, epochs: epochs) }

    package static let checkpoint = "checkpoint"
    package static let choice = "choice"
}

/// Asks a trained network about images.
package struct Predict: Hashable, Sendable, Codable {
    package struct Identity: StepIdentity {
        package var architecture: ArchitectureName
        package var images: ImageRecipe
        package var numerics: Numerics
        package var latency: AskOnline.Latency?
    }

    package struct Settings: StepSettings {
        package var imageFolder: String?
    }

    package var identity: Identity
    package var settings: Settings

    package init(identity: Identity, settings: Settings) {
        self.identity = identity
        self.settings = settings
    }

    package static let answers = "answers"
}
