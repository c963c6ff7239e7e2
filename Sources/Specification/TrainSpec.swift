// A network trained here.

package import Basics

/// The recipe of a convolutional network. The number of epochs decides how often, not how: an epoch's result does not
/// depend on how many follow.
package struct TrainSpec: Hashable, Sendable, Codable {
    /// The network.
    package var architecture: ArchitectureName
    /// What its layers start from.
    package var weights: WeightsSpec
    /// What it is trained on.
    package var data: TrainDataSpec
    /// How often it sees the train part.
    package var epochs: Int
    /// Images in a training step.
    package var batchSize: Int
    /// How weights follow the gradient.
    package var optimizer: OptimizerSpec
    /// How the learning rate changes from epoch to epoch.
    package var schedule: ScheduleSpec
    /// A linear rise of the learning rate at the start.
    package var warmup: WarmupSpec?
    /// The part of the target that is spread over all labels, 0 to 1.
    package var labelSmoothing: Double
    /// Layers that are held still at first.
    package var freeze: FreezeSpec?
    /// What is done to a training image, in order.
    package var augment: [AugmentOperation]
    /// What is done to an image that is predicted, in order.
    package var evaluate: [EvaluateOperation]
    /// Mean and standard deviation of the channels; without it, those of the architecture's weights.
    package var normalize: NormalizeSpec?
    /// Which epoch's checkpoint is the model.
    package var select: Selection
    /// Decides initial layers, order and augmentation.
    package var seed: Int
    /// Training threads; without it, as many as the machine has cores. They decide the last bits.
    package var threads: Int?

    package init(
        architecture: ArchitectureName, weights: WeightsSpec = .none, data: TrainDataSpec, epochs: Int,
        batchSize: Int = 32, optimizer: OptimizerSpec = .adamw(AdamWSpec(learningRate: 1e-3)),
        schedule: ScheduleSpec = .constant, warmup: WarmupSpec? = nil, labelSmoothing: Double = 0,
        freeze: FreezeSpec? = nil, augment: [AugmentOperation] = [], evaluate: [EvaluateOperation] = [],
        normalize: NormalizeSpec? = nil, select: Selection = .bestValidationAccuracy, seed: Int = 0,
        threads: Int? = nil
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
    }
}

extension TrainSpec {
    package enum Selection: String, Hashable, Sendable, Codable, CaseIterable {
        /// The earliest of the epochs with the highest validation accuracy.
        case bestValidationAccuracy = "best-validation-accuracy"
        case last
    }
}

/// What a network is trained on.
package struct TrainDataSpec: Hashable, Sendable, Codable {
    /// The split's name: its train part trains, its validation part chooses.
    package var split: String

    package init(split: String) { self.split = split }
}

/// What the layers of a network start from; the last layer is new unless the file has it for as many labels.
package enum WeightsSpec: Hashable, Sendable, Codable {
    /// Random layers.
    case none
    /// A safetensors or `.pth` file, local or at a URL. `key` names the set of tensors to take, where it has several.
    case file(FileReference, sha256: String?, key: String?)
}
