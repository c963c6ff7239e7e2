// The keys of a network's training recipe.

import Basics

extension TrainSpec: SpecEntity {
    static let table = KeyTable(
        "train", called: "a recipe",
        "The training recipe of a built-in network. Each epoch is cached, and its key does not contain the number of epochs "
            + "that follow: increasing `epochs` trains only the new ones.",
        blank: TrainSpec(architecture: .smallCNN, data: TrainDataSpec(split: ""), epochs: 1),
        example: """
            train:
              architecture: mobilenet_v3_small
              weights: { file: mobilenet_v3_small-047dcff4.pth }
              data: { split: main }
              epochs: 8
              batch_size: 64
              optimizer: { adamw: { learning_rate: 3.0e-4, weight_decay: 1.0e-4 } }
              schedule: { cosine: { epochs: 8 } }
              augment:
                - random_resized_crop: { size: 224, scale: [0.8, 1.0] }
                - random_horizontal_flip
              evaluate: [{ resize: 256 }, { center_crop: 224 }]
              seed: 42
            """,
        keys: [
            .required("architecture", \.architecture, .word("an architecture"), "The network."),
            .key(
                "weights", \.weights, .weights,
                "The initial weights. The last layer is new unless the file contains it for the same number of labels."),
            .required("data", \.data, .entity, "The training data."),
            .required("epochs", \.epochs, .integer(1...10_000), "Number of epochs."),
            .key("batch_size", \.batchSize, .integer(1...65_536), "Number of images per batch."),
            .key("optimizer", \.optimizer, .optimizer, "The optimizer."),
            .key("schedule", \.schedule, .schedule, "The learning rate schedule, by epoch."),
            .optional("warmup", \.warmup, .entity, "Linear warm-up of the learning rate."),
            .key(
                "label_smoothing", \.labelSmoothing, .number(.fraction),
                "Label smoothing: the fraction of the target that is spread over all labels."),
            .optional("freeze", \.freeze, .entity, "Freezes all but the last layers during the first epochs."),
            .key("augment", \.augment, .list(of: .augment), "Transforms of training images, in order."),
            .key("evaluate", \.evaluate, .list(of: .evaluate), "Transforms of images for prediction, in order."),
            .optional(
                "normalize", \.normalize, .normalize,
                "Mean and standard deviation of the channels. Default: those of the architecture's weights."),
            .key(
                "select", \.select, .word("a rule"),
                "The epoch to use as the model. On a tie, the earliest."),
            .key("seed", \.seed, .seed, "Seed of initial weights, data order and augmentation."),
            .optional(
                "threads", \.threads, .integer(1...1024),
                "Number of training threads, which affects the last bits of the result. Default: the number of cores."),
            .key(
                "device", \.device, .word("a device"),
                "The processor: the CPU, a GPU (`cuda`), or a GPU if there is one (`auto`). The device, "
                    + "with the versions of CUDA and cuDNN, is part of the key."),
            .key(
                "precision", \.precision, .word("a precision"),
                "`mixed` trains with bfloat16 where PyTorch's autocast considers it safe; parameters, validation and predictions "
                    + "stay in 32 bits."),
        ])
}

extension TrainDataSpec: SpecEntity {
    static let table = KeyTable(
        "train-data", called: "a recipe's data", "The train part is used for training, the validation part for selection.",
        blank: TrainDataSpec(split: ""), keys: [.required("split", \.split, .name(of: "split"), "The split.")])
}

extension ValueType where Value == WeightsSpec {
    static let weights = word(
        "none, or weights with 'file' or 'url'", ["none": .none], or: WeightsFile.self,
        from: { .file($0.reference, sha256: $0.sha256, key: $0.key) },
        back: {
            guard case .file(let reference, let sha256, let key) = $0 else { return nil }
            return WeightsFile(reference: reference, sha256: sha256, key: key)
        })
}

/// Initial weights, as written in a spec.
struct WeightsFile: SpecEntity {
    var reference: FileReference
    var sha256: String?
    var key: String?

    static let table = KeyTable(
        "weights",
        "Weights in safetensors, `.pth`, `.pt` or `.ckpt`, as a local file or a URL. Tensors have torchvision's names, for "
            + "`efficientnet_lite0` as timm or efficientnet-lite-pytorch do, or as in a "
            + "checkpoint of Assay. They may be nested (`state_dict`, `model`, `ema`, …), carry a prefix (`module.`, "
            + "`_orig_mod.`, `model.`) and be of type F16, BF16, F32 or F64; the run reports what was stripped or converted.",
        blank: WeightsFile(reference: FileReference(EnvironmentText(""))), rules: [.exactlyOne(["file", "url"])],
        keys: [
            .setting("file", .file(), "A file.") { $0.reference = $1 },
            .setting("url", .file("URL"), "An address.") { $0.reference = $1 },
            .optional("sha256", \.sha256, .sha256, "The expected SHA-256 digest of the file."),
            .optional(
                "key", \.key, .text,
                "The set of tensors to load, if there are several: its key in the file, such as `ema` or `model_state_dict`, or the "
                    + "prefix of its names. Required only if several sets fit.", examples: ["ema"]),
        ])
}

extension ValueType where Value == OptimizerSpec {
    fileprivate static let optimizer = choice(
        "an optimizer",
        [
            .key(
                "adamw", ValueType<AdamWSpec>.entity, from: { .adamw($0) },
                back: { if case .adamw(let spec) = $0 { spec } else { nil } }),
            .key(
                "sgd", ValueType<SGDSpec>.entity, from: { .sgd($0) },
                back: { if case .sgd(let spec) = $0 { spec } else { nil } }),
        ])
}

extension AdamWSpec: SpecEntity {
    static let table = KeyTable(
        "adamw", "Adam with decoupled weight decay, with PyTorch's definitions and defaults.",
        blank: AdamWSpec(learningRate: 1e-3),
        keys: [
            .required(
                "learning_rate", \.learningRate, .number(.positive(upTo: 1_000_000_000)), "The learning rate.", examples: [3.0e-4]
            ),
            .key("weight_decay", \.weightDecay, .number(.natural(upTo: 1000)), "Decoupled weight decay."),
            .key("beta1", \.beta1, .number(NumberRange(minimum: 0, maximum: 0.999999)), "Decay rate of the first moment."),
            .key("beta2", \.beta2, .number(NumberRange(minimum: 0, maximum: 0.999999)), "Decay rate of the second moment."),
            .key("epsilon", \.epsilon, .number(.positive(upTo: 1)), "Added to the denominator for numerical stability."),
        ])
}

extension SGDSpec: SpecEntity {
    static let table = KeyTable(
        "sgd", "Stochastic gradient descent, with PyTorch's definitions and defaults.",
        blank: SGDSpec(learningRate: 1e-2),
        keys: [
            .required("learning_rate", \.learningRate, .number(.positive(upTo: 1_000_000_000)), "The learning rate."),
            .key("momentum", \.momentum, .number(NumberRange(minimum: 0, maximum: 1)), "Momentum."),
            .key("nesterov", \.nesterov, .flag, "Nesterov momentum. Requires `momentum`."),
            .key("weight_decay", \.weightDecay, .number(.natural(upTo: 1000)), "L2 penalty."),
        ])
}

extension ValueType where Value == ScheduleSpec {
    fileprivate static let schedule = choice(
        "a schedule",
        [
            .word("constant", .constant),
            .key(
                "step", ValueType<StepSchedule>.entity, from: { .step(every: $0.every, gamma: $0.gamma) },
                back: {
                    if case .step(let every, let gamma) = $0 { StepSchedule(every: every, gamma: gamma) } else { nil }
                }),
            .key(
                "cosine", ValueType<CosineSchedule>.entity, from: { .cosine(epochs: $0.epochs, minimum: $0.minimum) },
                back: {
                    guard case .cosine(let epochs, let minimum) = $0 else { return nil }
                    return CosineSchedule(epochs: epochs, minimum: minimum)
                }),
        ])
}

struct StepSchedule: SpecEntity {
    var every: Int
    var gamma: Double

    static let table = KeyTable(
        "step-schedule", called: "a step schedule",
        "Multiplies the learning rate by `gamma` after every given number of epochs.",
        blank: StepSchedule(every: 1, gamma: 0.1),
        keys: [
            .required("every", \.every, .count(upTo: 10_000), "Number of epochs between changes."),
            .key("gamma", \.gamma, .number(.positive(upTo: 1000)), "The factor."),
        ])
}

struct CosineSchedule: SpecEntity {
    var epochs: Int
    var minimum: Double

    static let table = KeyTable(
        "cosine-schedule", called: "a cosine schedule",
        "Half a cosine down to `minimum`. Its length is set separately, so that further training can reuse earlier epochs.",
        blank: CosineSchedule(epochs: 1, minimum: 0),
        keys: [
            .required(
                "epochs", \.epochs, .count(upTo: 10_000),
                "Its length in epochs. Afterwards the rate rises again, as with PyTorch's `CosineAnnealingLR`."),
            .key("minimum", \.minimum, .number(.natural(upTo: 1000)), "The lowest learning rate."),
        ])
}

extension WarmupSpec: SpecEntity {
    static let table = KeyTable(
        "warmup", called: "a warm-up", "A linear rise of the learning rate, from step to step.",
        blank: WarmupSpec(epochs: 1),
        keys: [
            .required("epochs", \.epochs, .count(upTo: 10_000), "Its length."),
            .key("start", \.start, .number(.fraction), "Initial learning rate, as a fraction of the full learning rate."),
        ])
}

extension FreezeSpec: SpecEntity {
    static let table = KeyTable(
        "freeze", called: "a freeze", "Freezes all layers except the last ones during the first epochs.",
        blank: FreezeSpec(epochs: 1),
        keys: [
            .required("epochs", \.epochs, .count(upTo: 10_000), "The number of epochs."),
            .key(
                "except", \.except, .count(upTo: 10_000),
                "Number of last layers with parameters that are not frozen. A normalization layer counts as one."),
        ])
}

extension ValueType where Value == AugmentOperation {
    fileprivate static let augment = choice(
        "an augmentation",
        [
            .key(
                "random_resized_crop", ValueType<RandomResizedCrop>.entity,
                from: { .randomResizedCrop(size: $0.size, scale: $0.scale, ratio: $0.ratio) },
                back: {
                    guard case .randomResizedCrop(let size, let scale, let ratio) = $0 else { return nil }
                    return RandomResizedCrop(size: size, scale: scale, ratio: ratio)
                }),
            .word("random_horizontal_flip", .randomHorizontalFlip(probability: 0.5)),
            .key(
                "random_horizontal_flip", ValueType<RandomHorizontalFlip>.entity,
                from: { .randomHorizontalFlip(probability: $0.probability) },
                back: {
                    guard case .randomHorizontalFlip(let probability) = $0 else { return nil }
                    return RandomHorizontalFlip(probability: probability)
                }),
            .key(
                "color_jitter", ValueType<ColorJitter>.entity,
                from: {
                    .colorJitter(
                        brightness: $0.brightness, contrast: $0.contrast, saturation: $0.saturation, hue: $0.hue)
                },
                back: {
                    guard case .colorJitter(let brightness, let contrast, let saturation, let hue) = $0 else {
                        return nil
                    }
                    return ColorJitter(brightness: brightness, contrast: contrast, saturation: saturation, hue: hue)
                }),
            .key(
                "resize", .pixels, from: { .resize($0) }, back: { if case .resize(let size) = $0 { size } else { nil } }
            ),
            .key(
                "center_crop", .pixels, from: { .centerCrop($0) },
                back: { if case .centerCrop(let size) = $0 { size } else { nil } }),
        ])
}

extension ValueType where Value == EvaluateOperation {
    static let evaluate = choice(
        "an operation",
        [
            .key(
                "resize", .pixels, from: { .resize($0) }, back: { if case .resize(let size) = $0 { size } else { nil } }
            ),
            .key(
                "center_crop", .pixels, from: { .centerCrop($0) },
                back: { if case .centerCrop(let size) = $0 { size } else { nil } }),
        ])
}

extension ValueType where Value == Int {
    fileprivate static let pixels = integer(8...4096)
}

struct RandomResizedCrop: SpecEntity {
    var size: Int
    var scale: ClosedRange<Double>
    var ratio: ClosedRange<Double>

    static let table = KeyTable(
        "random-resized-crop", called: "random_resized_crop",
        "A random part of the image, resized to a square, antialiased.",
        blank: RandomResizedCrop(size: 224, scale: 0.08...1, ratio: 3.0 / 4.0...4.0 / 3.0),
        keys: [
            .required("size", \.size, .pixels, "Output width and height, in pixels."),
            .key("scale", \.scale, .interval(NumberRange(above: 0, maximum: 1)), "Fraction of the area that is kept."),
            .key(
                "ratio", \.ratio, .interval(NumberRange(minimum: 0.001, maximum: 1000)),
                "Aspect ratio (width divided by "
                    + "height) of the crop."),
        ])
}

struct RandomHorizontalFlip: SpecEntity {
    var probability: Double

    static let table = KeyTable(
        "random-horizontal-flip", called: "random_horizontal_flip", "Mirrors the image horizontally.",
        blank: RandomHorizontalFlip(probability: 0.5),
        keys: [.key("probability", \.probability, .number(.fraction), "Probability of the transform.")])
}

struct ColorJitter: SpecEntity {
    var brightness: Double
    var contrast: Double
    var saturation: Double
    var hue: Double

    static let table = KeyTable(
        "color-jitter", called: "color_jitter", "Random changes of colour, in random order.",
        blank: ColorJitter(brightness: 0, contrast: 0, saturation: 0, hue: 0),
        keys: [
            .key("brightness", \.brightness, .number(.natural(upTo: 100)), "Factors from 1 - x to 1 + x."),
            .key("contrast", \.contrast, .number(.natural(upTo: 100)), "Factors from 1 - x to 1 + x."),
            .key("saturation", \.saturation, .number(.natural(upTo: 100)), "Factors from 1 - x to 1 + x."),
            .key("hue", \.hue, .number(NumberRange(minimum: 0, maximum: 0.5)), "Shifts from -x to x of the circle."),
        ])
}

extension ValueType where Value == NormalizeSpec {
    static let normalize = word(
        "a normalization", ["imagenet": .imagenet, "efficientnet-lite": .efficientNetLite, "none": .none],
        or: NormalizeValues.self, from: { .values(mean: $0.mean, standardDeviation: $0.standardDeviation) },
        back: {
            guard case .values(let mean, let deviation) = $0 else { return nil }
            return NormalizeValues(mean: mean, standardDeviation: deviation)
        })
}

/// A mean and standard deviation, as written in a spec.
struct NormalizeValues: SpecEntity {
    var mean: [Double]
    var standardDeviation: [Double]

    static let table = KeyTable(
        "normalize", called: "a normalization", "Mean and standard deviation of red, green and blue, from 0 to 1.",
        blank: NormalizeValues(mean: [0, 0, 0], standardDeviation: [1, 1, 1]),
        keys: [
            .required("mean", \.mean, .channels(.fraction), "The three means."),
            .required("std", \.standardDeviation, .channels(.positive(upTo: 1000)), "The three standard deviations."),
        ])
}

extension ValueType where Value == [Double] {
    fileprivate static func channels(_ range: NumberRange) -> ValueType {
        let numbers = ValueType.list(of: .number(range))
        return ValueType(
            expected: "a list of three numbers", word: "three numbers",
            schema: ["type": "array", "items": ValueType<Double>.number(range).schema, "minItems": 3, "maxItems": 3],
            read: { node, reading in
                guard let values = numbers.read(node, reading) else { return nil }
                guard values.count == 3 else {
                    reading.report(
                        .outOfRange("a list of \(values.count)", expected: "a list of three numbers"), at: node.position.start)
                    return nil
                }
                return values
            },
            write: { .array($0.map { .double($0) }) })
    }
}
