// Steps of a network trained by the vision worker: epochs, selection of a checkpoint, predictions.

package import Basics
package import Specification
package import VisionProtocol

/// The numeric environment that determines the exact bytes of a computation's result.
package struct Numerics: Hashable, Sendable, Codable {
    /// The library, such as `libtorch`.
    package var library: String
    /// The library's version.
    package var version: String
    /// The BLAS behind matrix products, with its version.
    package var blas: String
    /// The device: `cpu`, or a GPU with the versions of CUDA and cuDNN.
    package var device: String
    /// The widest vector instructions that the library uses, such as `AVX2`.
    package var instructions: String
    /// The number of threads, because it can change the order of floating-point operations.
    package var threads: Int

    /// - Parameters:
    ///   - threads: the number of threads that the spec sets; `nil` for the library's default.
    ///   - usesAccelerator: whether the library's GPU computes; the CPU does if there is none.
    package init(_ library: NumericLibrary, threads: Int?, usesAccelerator: Bool = false) {
        self.library = library.library
        version = library.version
        blas = library.blas
        device = usesAccelerator ? library.accelerator ?? library.device : library.device
        instructions = library.instructions
        self.threads = threads ?? library.threads
    }

    /// The device in requests to the vision worker; `nil` for the CPU.
    package var computeDevice: ComputeDevice? { device == "cpu" ? nil : .cuda }
}

/// Trains one epoch. The total number of epochs is not part of the identity, so that further training reuses earlier
/// epochs.
package struct TrainEpoch: Hashable, Sendable, Codable {
    /// The initial weights of the network.
    package enum Weights: Hashable, Sendable, Codable {
        case none
        /// A local file, by content.
        case file(Digest)
        /// The file comes from a `fetch-archive` step.
        case fetched
    }

    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The architecture, image operations and optimizer settings.
        package var recipe: TrainingRecipe
        /// Counts from 1.
        package var epoch: Int
        /// The initial weights of the first epoch; later epochs start from the preceding checkpoint.
        package var weights: Weights?
        /// The set of tensors to use, if the weights file contains several that fit.
        package var weightsKey: String?
        /// The numeric environment of the training.
        package var numerics: Numerics
    }

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The path of the weights file; its content is in the identity.
        package var weightsPath: String?
        /// The folder of the images; `nil` when they are in the store.
        package var imageFolder: String?
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The properties that do not determine the result and are not part of the key.
    package var settings: Settings

    /// Combines the key's properties with those that are not part of it.
    package init(identity: Identity, settings: Settings) {
        self.identity = identity
        self.settings = settings
    }

    /// The output with the checkpoint from which the next epoch continues.
    package static let checkpoint = "checkpoint"
    /// The output with the epoch's losses and accuracies, as `EpochMetrics`.
    package static let metrics = "metrics"
}

/// Selects the checkpoint of one epoch.
package struct SelectCheckpoint: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The rule that picks the epoch.
        package var rule: TrainSpec.Selection
        /// The number of epochs to choose from.
        package var epochs: Int
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The selection needs no settings.
    package var settings = NoSettings()

    /// - Parameter epochs: the number of epochs to choose from.
    package init(rule: TrainSpec.Selection, epochs: Int) { identity = Identity(rule: rule, epochs: epochs) }

    /// The output with the selected epoch's checkpoint.
    package static let checkpoint = "checkpoint"
    /// The output with the number of the selected epoch, as JSON.
    package static let choice = "choice"
}

/// Predicts the labels of images with a trained network.
package struct Predict: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The network's architecture.
        package var architecture: ArchitectureName
        /// The image operations before the prediction, without augmentation.
        package var images: ImageRecipe
        /// The numeric environment of the prediction.
        package var numerics: Numerics
        /// The conditions of the latency measurement; `nil` when latency is not measured.
        package var latency: AskOnline.Latency?
    }

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The folder of the images; `nil` when they are in the store.
        package var imageFolder: String?
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The properties that do not determine the result and are not part of the key.
    package var settings: Settings

    /// Combines the key's properties with those that are not part of it.
    package init(identity: Identity, settings: Settings) {
        self.identity = identity
        self.settings = settings
    }

    /// The output with the answers, one per example.
    package static let answers = "answers"
    /// The property that holds the tags or the count of an answer to an item; labels are plain text.
    package static let property = "answer"
}
