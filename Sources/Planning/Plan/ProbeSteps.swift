// Steps of a probe: features of a part of a split, the fitted classifier, predictions.

package import Basics
package import Specification
package import VisionProtocol

/// Computes the features of a part's images by a frozen network. Features are also kept per image and backbone, so that a
/// changed part computes only those of new images.
package struct ExtractFeatures: Hashable, Sendable, Codable {
    /// The properties of a built-in network that determine its features.
    package struct Network: Hashable, Sendable, Codable {
        /// The network whose last layer is removed.
        package var architecture: ArchitectureName
        /// The image operations, without augmentation.
        package var images: ImageRecipe
        /// The frozen weights.
        package var weights: TrainEpoch.Weights
        /// The set of tensors to use, if the weights file contains several that fit.
        package var weightsKey: String?
        /// The numeric environment.
        package var numerics: Numerics

        /// - Parameter weightsKey: `nil` unless the weights file contains several sets that fit.
        package init(
            architecture: ArchitectureName, images: ImageRecipe, weights: TrainEpoch.Weights, weightsKey: String?,
            numerics: Numerics
        ) {
            self.architecture = architecture
            self.images = images
            self.weights = weights
            self.weightsKey = weightsKey
            self.numerics = numerics
        }
    }

    /// The properties that determine the result. Exactly one of the two is set.
    package struct Identity: StepIdentity {
        /// The built-in network that computes the features.
        package var network: Network?
        /// The program that computes the features.
        package var program: TrainerProgram?

        /// - Parameter network: exactly one of the two must be set.
        package init(network: Network? = nil, program: TrainerProgram? = nil) {
            self.network = network
            self.program = program
        }
    }

    /// The properties that do not determine the result.
    package struct Settings: StepSettings {
        /// The path of the weights file; its content is in the identity.
        package var weightsPath: String?
        /// The folder of the images; `nil` when they are in the store.
        package var imageFolder: String?
        /// The settings of the program; `nil` for a built-in network.
        package var trainer: TrainerSettings?

        /// - Parameter trainer: `nil` for a built-in network.
        package init(weightsPath: String? = nil, imageFolder: String?, trainer: TrainerSettings? = nil) {
            self.weightsPath = weightsPath
            self.imageFolder = imageFolder
            self.trainer = trainer
        }
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

    /// The output: an `.npy` matrix with a row per example, in the order of the examples.
    package static let features = "features"
    /// The input with a weights file that another step fetched; absent otherwise.
    package static let weights = "weights"
}

/// Fits the classifier of a probe, once per setting, and chooses a setting by its validation accuracy.
package struct FitProbe: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The classifier with the settings to choose from.
        package var head: ProbeHead
        /// The numeric environment.
        package var numerics: Numerics

        /// - Parameter head: with the settings to choose from.
        package init(head: ProbeHead, numerics: Numerics) {
            self.head = head
            self.numerics = numerics
        }
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The step needs no settings.
    package var settings = NoSettings()

    /// A step for this identity.
    package init(identity: Identity) { self.identity = identity }

    /// The output with the fitted classifier.
    package static let probe = "probe"
    /// The output with the accuracies of each setting, as JSON.
    package static let metrics = "metrics"
}

/// Predicts the labels of images with a fitted probe.
package struct PredictProbe: Hashable, Sendable, Codable {
    /// The properties that determine the result.
    package struct Identity: StepIdentity {
        /// The numeric environment.
        package var numerics: Numerics

        /// An identity for this environment.
        package init(numerics: Numerics) { self.numerics = numerics }
    }

    /// The properties that determine the result; they make the key.
    package var identity: Identity
    /// The step needs no settings.
    package var settings = NoSettings()

    /// A step for this identity.
    package init(identity: Identity) { self.identity = identity }
}
