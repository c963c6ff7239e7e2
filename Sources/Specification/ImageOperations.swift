// What is done to an image before a network sees it; as torchvision defines the operations.

/// An operation on a training image; its draws follow the recipe's seed.
package enum AugmentOperation: Hashable, Sendable, Codable {
    /// A crop of a part of the area (`scale`) and an aspect ratio (`ratio`), resized to `size` x `size`.
    case randomResizedCrop(size: Int, scale: ClosedRange<Double>, ratio: ClosedRange<Double>)
    case randomHorizontalFlip(probability: Double)
    /// Factors drawn from `1 - x ... 1 + x`; hue shifted by `-hue ... hue` of the circle.
    case colorJitter(brightness: Double, contrast: Double, saturation: Double, hue: Double)
    /// The shorter side to this many pixels, antialiased.
    case resize(Int)
    case centerCrop(Int)
}

/// An operation on an image that is predicted.
package enum EvaluateOperation: Hashable, Sendable, Codable {
    /// The shorter side to this many pixels, antialiased.
    case resize(Int)
    case centerCrop(Int)
}

/// Mean and standard deviation of the red, green and blue channel, as parts of the full range.
package enum NormalizeSpec: Hashable, Sendable, Codable {
    /// Values from 0 to 1 as they are.
    case none
    /// ImageNet's: 0.485, 0.456, 0.406 and 0.229, 0.224, 0.225.
    case imagenet
    /// `(rgb - 127) / 128`, as EfficientNet-Lite's weights were trained.
    case efficientNetLite
    case values(mean: [Double], standardDeviation: [Double])
}
