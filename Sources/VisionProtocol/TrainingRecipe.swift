// How a CNN is trained: everything that decides an epoch's result, except data, start and number of epochs.

package import Basics

/// An optimizer with PyTorch's formula and parameter names.
package enum OptimizerRecipe: Codable, Hashable, Sendable {
    /// Loshchilov and Hutter's AdamW as in `torch.optim.AdamW`.
    case adamw(learningRate: Double, weightDecay: Double, beta1: Double, beta2: Double, epsilon: Double)
    /// `torch.optim.SGD` without dampening.
    case sgd(learningRate: Double, momentum: Double, nesterov: Bool, weightDecay: Double)

    /// AdamW with PyTorch's default betas and epsilon.
    package static func adamw(learningRate: Double, weightDecay: Double = 0.01) -> OptimizerRecipe {
        .adamw(learningRate: learningRate, weightDecay: weightDecay, beta1: 0.9, beta2: 0.999, epsilon: 1e-8)
    }

    package var learningRate: Double {
        switch self {
        case .adamw(let rate, _, _, _, _): rate
        case .sgd(let rate, _, _, _): rate
        }
    }
}

/// How the learning rate changes from epoch to epoch. The length of a schedule is its own, so that training
/// further reuses the epochs that are there.
package enum LearningRateSchedule: Codable, Hashable, Sendable {
    case constant
    /// Multiplied by `factor` after every `epochs` epochs (`StepLR`).
    case step(epochs: Int, factor: Double)
    /// Half a cosine from the base rate to `minimum` over `epochs` epochs, and up again after them
    /// (`CosineAnnealingLR`).
    case cosine(epochs: Int, minimum: Double)
}

/// The first `epochs` epochs climb linearly, step by step, from `start` times the base rate (`LinearLR`); the
/// schedule starts after them.
package struct LinearWarmUp: Codable, Hashable, Sendable {
    package var epochs: Int
    package var start: Double

    package init(epochs: Int, start: Double) {
        self.epochs = epochs
        self.start = start
    }
}

/// The recipe of a CNN's training; part of the identity of each of its epochs.
package struct TrainingRecipe: Codable, Hashable, Sendable {
    package var architecture: ArchitectureName
    package var images: ImageRecipe
    package var batchSize: Int
    package var optimizer: OptimizerRecipe
    package var schedule: LearningRateSchedule
    package var warmUp: LinearWarmUp?
    /// 0 for plain cross-entropy; PyTorch's `label_smoothing`.
    package var labelSmoothing: Double
    /// During the first so many epochs only the last layers learn. The others' running statistics go on, as in
    /// PyTorch's training mode.
    package var freezeEpochs: Int
    /// How many of the last layers with parameters learn meanwhile, one without it. `nil` where nothing is frozen.
    package var learningLayers: Int?
    /// Decides initial layers, order and augmentation.
    package var seed: UInt64

    package init(
        architecture: ArchitectureName, images: ImageRecipe, batchSize: Int, optimizer: OptimizerRecipe,
        schedule: LearningRateSchedule = .constant, warmUp: LinearWarmUp? = nil, labelSmoothing: Double = 0,
        freezeEpochs: Int = 0, learningLayers: Int? = nil, seed: UInt64
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
    }
}
