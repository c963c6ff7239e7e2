// What happens to a picture between its file and the network, as values.

/// One operation on a picture, defined as torchvision's transform of the same name.
package enum ImageOperation: Codable, Hashable, Sendable {
    /// The shorter side becomes `size` pixels, bilinear with antialiasing; the aspect ratio stays.
    case resize(size: Int)
    /// A `size` x `size` square from the middle, padded with black where the picture is smaller.
    case centerCrop(size: Int)
    /// A random rectangle of `scale` of the area and `ratio` (width / height), resized to `size` x `size`.
    case randomResizedCrop(size: Int, scale: ClosedInterval, ratio: ClosedInterval)
    case randomHorizontalFlip(probability: Double)
    /// Factors are drawn from [max(0, 1 - x), 1 + x]; the hue shift from [-hue, hue] of a full turn.
    case colorJitter(brightness: Double, contrast: Double, saturation: Double, hue: Double)

    /// torchvision's default aspect ratios of RandomResizedCrop.
    package static let defaultRatio = ClosedInterval(0.75, 4.0 / 3.0)
}

/// The numbers from `low` to `high`, written `[low, high]`.
package struct ClosedInterval: Codable, Hashable, Sendable {
    package var low: Double
    package var high: Double

    package init(_ low: Double, _ high: Double) {
        self.low = low
        self.high = high
    }

    package init(from decoder: any Decoder) throws {
        var container = try decoder.unkeyedContainer()
        low = try container.decode(Double.self)
        high = try container.decode(Double.self)
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.unkeyedContainer()
        try container.encode(low)
        try container.encode(high)
    }
}

/// Per-channel mean and standard deviation (R, G, B) of pixels in 0...1: the network reads `(x - mean) / std`.
package struct Normalization: Codable, Hashable, Sendable {
    package var mean: [Double]
    package var std: [Double]

    package init(mean: [Double], std: [Double]) {
        self.mean = mean
        self.std = std
    }

    /// What torchvision's ImageNet weights were trained with.
    package static let imagenet = Normalization(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])
    /// `(rgb - 127) / 128` of bytes: what the EfficientNet-Lite weights were trained with.
    package static let efficientNetLite = Normalization(
        mean: Array(repeating: 127.0 / 255, count: 3), std: Array(repeating: 128.0 / 255, count: 3))
    /// Pixels centred on zero, in -1...1.
    package static let centred = Normalization(mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5])
}

/// How pictures become the network's input: three channels, `inputSize` x `inputSize`.
package struct ImageRecipe: Codable, Hashable, Sendable {
    /// Side of the square that the network reads, in pixels.
    package var inputSize: Int
    /// Operations on a training picture, in order; the last that sets a size must give `inputSize`.
    package var augment: [ImageOperation]
    /// Operations on a picture that is evaluated, in order; none of them draws random numbers.
    package var evaluate: [ImageOperation]
    package var normalize: Normalization

    package init(
        inputSize: Int, augment: [ImageOperation], evaluate: [ImageOperation], normalize: Normalization
    ) {
        self.inputSize = inputSize
        self.augment = augment
        self.evaluate = evaluate
        self.normalize = normalize
    }

    /// No augmentation: the shorter side is resized to `size` and the middle cut out, also in training.
    package static func plain(size: Int, normalize: Normalization) -> ImageRecipe {
        let operations: [ImageOperation] = [.resize(size: size), .centerCrop(size: size)]
        return ImageRecipe(inputSize: size, augment: operations, evaluate: operations, normalize: normalize)
    }
}
