// Image operations before a network's input, as defined by torchvision.

/// An augmentation of training images; its random values follow from the recipe's seed.
package enum AugmentOperation: Hashable, Sendable, Codable {
    /// A random crop with an area fraction within `scale` and an aspect ratio within `ratio`, resized to `size` x
    /// `size`.
    case randomResizedCrop(size: Int, scale: ClosedRange<Double>, ratio: ClosedRange<Double>)
    case randomHorizontalFlip(probability: Double)
    /// Factors drawn from `1 - x ... 1 + x`; the hue is shifted by `-hue ... hue` of the colour circle.
    case colorJitter(brightness: Double, contrast: Double, saturation: Double, hue: Double)
    /// Resizes the shorter side to this many pixels, antialiased.
    case resize(Int)
    case centerCrop(Int)
}

/// An operation on an image before prediction.
package enum EvaluateOperation: Hashable, Sendable, Codable {
    /// Resizes the shorter side to this many pixels, antialiased.
    case resize(Int)
    case centerCrop(Int)
}

/// The mean and standard deviation of the red, green and blue channels, as fractions of the full range.
package enum NormalizeSpec: Hashable, Sendable, Codable {
    /// Unchanged values from 0 to 1.
    case none
    /// ImageNet's values: means 0.485, 0.456, 0.406; standard deviations 0.229, 0.224, 0.225.
    case imagenet
    /// `(rgb - 127) / 128`, as in the training of the EfficientNet-Lite weights.
    case efficientNetLite
    case values(mean: [Double], standardDeviation: [Double])
}
