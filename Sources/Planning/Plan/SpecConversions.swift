// Converts spec types to the types of steps and of the vision worker.

import Basics
import Specification
import VisionProtocol

extension TrainingRecipe {
    /// The recipe of a spec with defaults filled in: the architecture's usual input size and normalization, and the
    /// evaluation's operations before augmentations that set no size.
    init(_ spec: TrainSpec) {
        let architecture = spec.architecture
        let size =
            spec.augment.compactMap(\.size).last ?? spec.evaluate.compactMap(\.size).last
            ?? architecture.usualInputSize
        let evaluate: [ImageTransform] =
            spec.evaluate.isEmpty
            ? [.resize(size: architecture.usualResize(for: size)), .centerCrop(size: size)]
            : spec.evaluate.map(ImageTransform.init)
        let augment = spec.augment.map(ImageTransform.init)
        let images = ImageRecipe(
            inputSize: size, augment: spec.augment.contains { $0.size != nil } ? augment : evaluate + augment,
            evaluate: evaluate,
            normalize: spec.normalize.map(PixelNormalization.init) ?? architecture.usualNormalization)
        let optimizer: OptimizerRecipe =
            switch spec.optimizer {
            case .adamw(let adamw):
                .adamw(
                    learningRate: adamw.learningRate, weightDecay: adamw.weightDecay, beta1: adamw.beta1,
                    beta2: adamw.beta2, epsilon: adamw.epsilon)
            case .sgd(let sgd):
                .sgd(
                    learningRate: sgd.learningRate, momentum: sgd.momentum, nesterov: sgd.nesterov,
                    weightDecay: sgd.weightDecay)
            }
        let schedule: LearningRateSchedule =
            switch spec.schedule {
            case .constant: .constant
            case .step(let every, let gamma): .step(epochs: every, factor: gamma)
            case .cosine(let epochs, let minimum): .cosine(epochs: epochs, minimum: minimum)
            }
        self.init(
            architecture: architecture, images: images, batchSize: spec.batchSize, optimizer: optimizer,
            schedule: schedule, warmUp: spec.warmup.map { LinearWarmUp(epochs: $0.epochs, start: $0.start) },
            labelSmoothing: spec.labelSmoothing, freezeEpochs: spec.freeze?.epochs ?? 0,
            learningLayers: spec.freeze?.except,
            seed: UInt64(bitPattern: Int64(spec.seed)), precision: spec.precision == .mixed ? .mixed : nil)
    }
}

extension ArchitectureName {
    /// Whether the architecture has no published weights.
    private var isOurs: Bool { self == .smallCNN || self == .shapesCNN }

    /// The side length, in pixels, of the images that the published weights were trained on; 64 for architectures
    /// without weights.
    fileprivate var usualInputSize: Int { isOurs ? 64 : 224 }

    /// The target length, in pixels, of the shorter side before the center crop: the published ratio is 256 to 224.
    fileprivate func usualResize(for size: Int) -> Int {
        isOurs ? size : Int((Double(size) * 256 / 224).rounded())
    }

    fileprivate var usualNormalization: PixelNormalization {
        switch self {
        case .smallCNN, .shapesCNN: PixelNormalization(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
        case .efficientNetLite0: .efficientNetLite
        case .mobileNetV3Small, .resNet18, .resNet50, .efficientNetB0, .convNeXtTiny, .vitB16: .imagenet
        }
    }
}

extension AugmentOperation {
    /// The side length, in pixels, of the square that the operation produces; `nil` when it produces none.
    fileprivate var size: Int? {
        switch self {
        case .randomResizedCrop(let size, _, _), .centerCrop(let size): size
        default: nil
        }
    }
}

extension EvaluateOperation {
    fileprivate var size: Int? { if case .centerCrop(let size) = self { size } else { nil } }
}

extension ImageTransform {
    init(_ operation: AugmentOperation) {
        self =
            switch operation {
            case .randomResizedCrop(let size, let scale, let ratio):
                .randomResizedCrop(size: size, scale: scale, ratio: ratio)
            case .randomHorizontalFlip(let probability): .randomHorizontalFlip(probability: probability)
            case .colorJitter(let brightness, let contrast, let saturation, let hue):
                .colorJitter(brightness: brightness, contrast: contrast, saturation: saturation, hue: hue)
            case .resize(let size): .resize(size: size)
            case .centerCrop(let size): .centerCrop(size: size)
            }
    }

    init(_ operation: EvaluateOperation) {
        self =
            switch operation {
            case .resize(let size): .resize(size: size)
            case .centerCrop(let size): .centerCrop(size: size)
            }
    }
}

extension PixelNormalization {
    init(_ spec: NormalizeSpec) {
        switch spec {
        case .none: self.init(mean: [0, 0, 0], std: [1, 1, 1])
        case .imagenet: self = .imagenet
        case .efficientNetLite: self = .efficientNetLite
        case .values(let mean, let deviation): self.init(mean: mean, std: deviation)
        }
    }
}

extension ImageRecipe {
    /// The recipe without the training-only augmentations, so that a change of augmentation does not change the key
    /// of a prediction.
    var forPrediction: ImageRecipe {
        ImageRecipe(inputSize: inputSize, augment: evaluate, evaluate: evaluate, normalize: normalize)
    }
}
