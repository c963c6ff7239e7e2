// The training recipe of a CNN: everything that determines an epoch's result except data, start and epoch number.

package import Basics

/// An optimizer with PyTorch's formulas and parameter names.
package enum OptimizerRecipe: Codable, Hashable, Sendable {
    /// AdamW (Loshchilov and Hutter), as in `torch.optim.AdamW`.
    case adamw(learningRate: Double, weightDecay: Double, beta1: Double, beta2: Double, epsilon: Double)
    /// `torch.optim.SGD` without dampening.
    case sgd(learningRate: Double, momentum: Double, nesterov: Bool, weightDecay: Double)

    /// AdamW with PyTorch's default betas and epsilon.
    package static func adamw(learningRate: Double, weightDecay: Double = 0.01) -> OptimizerRecipe {
        .adamw(learningRate: learningRate, weightDecay: weightDecay, beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    }

    /// The base learning rate, before schedule and warm-up.
    package var learningRate: Double {
        switch self {
        case .adamw(let rate, _, _, _, _): rate
        case .sgd(let rate, _, _, _): rate
        }
    }
}

/// The learning rate as a function of the epoch. A schedule's length is independent of the number of epochs, so that
/// longer training reuses existing epochs.
package enum LearningRateSchedule: Codable, Hashable, Sendable {
    case constant
    /// Multiplied by `factor` after every `epochs` epochs (`StepLR`).
    case step(epochs: Int, factor: Double)
    /// Half a cosine from the base rate to `minimum` over `epochs` epochs, then rising again (`CosineAnnealingLR`).
    case cosine(epochs: Int, minimum: Double)
}

/// A linear rise per step from `start` times the base rate over the first `epochs` epochs (`LinearLR`); the schedule
/// starts afterwards.
package struct LinearWarmUp: Codable, Hashable, Sendable {
    /// Length of the warm-up.
    package var epochs: Int
    /// Initial factor on the base learning rate, 0...1.
    package var start: Double

    /// - Parameter start: initial factor on the base learning rate.
    package init(epochs: Int, start: Double) {
        self.epochs = epochs
        self.start = start
    }
}

/// The meaning of a network's outputs, which determines its loss and its answers.
package enum NetworkOutput: String, Codable, Hashable, Sendable {
    /// One logit per label, of which one applies: cross-entropy, softmax.
    case label
    /// One logit per tag, of which any number apply: binary cross-entropy, sigmoid.
    case tags
    /// One number, standardized by the training images: squared error.
    case count
}

/// The precision in which training computes.
package enum TrainingPrecision: String, Codable, Hashable, Sendable {
    /// The forward pass of training in bfloat16 where autocast considers it safe; parameters, losses, optimizer, validation
    /// and predictions in float32.
    case mixed
}

/// The recipe of a CNN's training; part of the identity of each epoch.
package struct TrainingRecipe: Codable, Hashable, Sendable {
    /// The network to train.
    package var architecture: ArchitectureName
    /// Preprocessing of training and validation images.
    package var images: ImageRecipe
    /// Images per step; the last batch of an epoch may be smaller.
    package var batchSize: Int
    /// The optimizer and its base learning rate.
    package var optimizer: OptimizerRecipe
    /// Changes the learning rate from epoch to epoch.
    package var schedule: LearningRateSchedule
    /// `nil` for no warm-up.
    package var warmUp: LinearWarmUp?
    /// PyTorch's `label_smoothing`; 0 for plain cross-entropy.
    package var labelSmoothing: Double
    /// Number of initial epochs in which only the last layers are trained. The running statistics of frozen layers
    /// are still updated, as in PyTorch's training mode.
    package var freezeEpochs: Int
    /// The number of last layers that are trained while the others are frozen; 1 by default. `nil` if nothing is
    /// frozen.
    package var learningLayers: Int?
    /// Determines initialization, order and augmentation.
    package var seed: UInt64
    /// The meaning of the outputs; `nil` for one label per image.
    package var output: NetworkOutput?
    /// `nil` for float32 throughout.
    package var precision: TrainingPrecision?

    /// Creates a recipe without validating it; the defaults disable every optional feature.
    package init(
        architecture: ArchitectureName, images: ImageRecipe, batchSize: Int, optimizer: OptimizerRecipe,
        schedule: LearningRateSchedule = .constant, warmUp: LinearWarmUp? = nil, labelSmoothing: Double = 0,
        freezeEpochs: Int = 0, learningLayers: Int? = nil, seed: UInt64, output: NetworkOutput? = nil,
        precision: TrainingPrecision? = nil
    ) {
        self.architecture = architecture
        self.images = images
        self.batchSize = batchSize
        self.optimizer = optimizer
        self.schedule = schedule
        self.warmUp = warmUp
        self.labelSmoothing = labelSmoothing
        self.freezeEpochs = freezeEpochs
        self.learningLayers = learningLayers
        self.seed = seed
        self.output = output
        self.precision = precision
    }
}

extension NetworkOutput {
    /// Number of outputs of a network for these labels or tags.
    package func width(labels: Int) -> Int { self == .count ? 1 : labels }
}
