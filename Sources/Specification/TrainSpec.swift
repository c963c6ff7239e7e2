// Networks that are trained locally.

package import Basics

/// The recipe of a convolutional network. The number of epochs determines how many epochs run, not their results: an
/// epoch's result does not depend on how many follow.
package struct TrainSpec: Hashable, Sendable, Codable {
    /// The network architecture.
    package var architecture: ArchitectureName
    /// The initial weights.
    package var weights: WeightsSpec
    /// The training data.
    package var data: TrainDataSpec
    /// The number of passes over the train part.
    package var epochs: Int
    /// The number of images per training step.
    package var batchSize: Int
    /// The optimizer of the weights.
    package var optimizer: OptimizerSpec
    /// The learning rate schedule.
    package var schedule: ScheduleSpec
    /// A linear increase of the learning rate at the start; `nil` for none.
    package var warmup: WarmupSpec?
    /// The fraction of the target probability that is spread over all labels, 0 to 1.
    package var labelSmoothing: Double
    /// Layers that are frozen during the first epochs; `nil` for none.
    package var freeze: FreezeSpec?
    /// The operations on training images, in order.
    package var augment: [AugmentOperation]
    /// The operations on images before prediction, in order.
    package var evaluate: [EvaluateOperation]
    /// The normalization of the channels; `nil` for the one of the architecture's weights.
    package var normalize: NormalizeSpec?
    /// The rule for choosing the epoch from which the model is taken.
    package var select: Selection
    /// The seed for initial layers, image order and augmentation.
    package var seed: Int
    /// The number of training threads; `nil` for all cores. It affects the last bits of results.
    package var threads: Int?
    /// The processor for training and prediction.
    package var device: Device
    /// The precision of training.
    package var precision: Precision

    /// - Parameter threads: `nil` for all cores.
    package init(
        architecture: ArchitectureName, weights: WeightsSpec = .none, data: TrainDataSpec, epochs: Int,
        batchSize: Int = 32, optimizer: OptimizerSpec = .adamw(AdamWSpec(learningRate: 1e-3)),
        schedule: ScheduleSpec = .constant, warmup: WarmupSpec? = nil, labelSmoothing: Double = 0,
        freeze: FreezeSpec? = nil, augment: [AugmentOperation] = [], evaluate: [EvaluateOperation] = [],
        normalize: NormalizeSpec? = nil, select: Selection = .bestValidationAccuracy, seed: Int = 0,
        threads: Int? = nil, device: Device = .cpu, precision: Precision = .float32
    ) {
        self.architecture = architecture
        self.weights = weights
        self.data = data
        self.epochs = epochs
        self.batchSize = batchSize
        self.optimizer = optimizer
        self.schedule = schedule
        self.warmup = warmup
        self.labelSmoothing = labelSmoothing
        self.freeze = freeze
        self.augment = augment
        self.evaluate = evaluate
        self.normalize = normalize
        self.select = select
        self.seed = seed
        self.threads = threads
        self.device = device
        self.precision = precision
    }
}

extension TrainSpec {
    /// The rule for choosing the epoch from which a model is taken.
    package enum Selection: String, Hashable, Sendable, Codable, CaseIterable {
        /// The epoch with the highest validation accuracy; the earliest one of equals.
        case bestValidationAccuracy = "best-validation-accuracy"
        case last
    }

    /// The processor for training and prediction.
    package enum Device: String, Hashable, Sendable, Codable, CaseIterable {
        /// A GPU if the vision worker finds one, otherwise the CPU.
        case auto
        /// The CPU, even if there is a GPU.
        case cpu
        /// An NVIDIA GPU; an error without one.
        case cuda
    }

    /// The floating-point format in which training computes.
    package enum Precision: String, Hashable, Sendable, Codable, CaseIterable {
        case float32
        /// bfloat16 where autocast considers it safe.
        case mixed
    }
}

/// The parts of a split that a network learns from.
package struct TrainDataSpec: Hashable, Sendable, Codable {
    /// The name of the split: its train part trains, its validation part selects the checkpoint.
    package var split: String

    /// - Parameter split: the name of the split.
    package init(split: String) { self.split = split }
}

/// The initial weights of a network. The last layer is new unless the file has one for the same number of labels.
package enum WeightsSpec: Hashable, Sendable, Codable {
    /// Randomly initialized layers.
    case none
    /// A safetensors or `.pth` file, local or at a URL. `key` selects a set of tensors in a file with several.
    case file(FileReference, sha256: String?, key: String?)
}
