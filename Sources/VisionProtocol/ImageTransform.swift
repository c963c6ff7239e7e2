// One change of an image on its way to a network, as torchvision's transforms define them on 8-bit images.

/// A change of an image before a network sees it. Sizes are in pixels; bilinear with antialiasing throughout.
package enum ImageTransform: Hashable, Sendable, Codable {
    /// Scales so that the shorter side has `size` pixels.
    case resize(size: Int)
    /// Cuts a square of `size` pixels from the middle; black where the image is smaller.
    case centerCrop(size: Int)
    /// Cuts a rectangle whose share of the area lies within `scale` and whose width by height lies within
    /// `ratio`, and scales it to a square of `size` pixels.
    case randomResizedCrop(size: Int, scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 0.75...4 / 3)
    /// Mirrors left and right with this probability.
    case randomHorizontalFlip(probability: Double = 0.5)
    /// Changes brightness, contrast and saturation by a factor within 1 ± amount, and the hue by at most `hue`
    /// (0 to 0.5) of the colour circle, in random order.
    case colorJitter(brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0)
}

/// How 8-bit values become a network's input: `(value / 255 - mean) / std`, for red, green and blue.
package struct PixelNormalization: Hashable, Sendable, Codable {
    package let mean: [Double]
    package let std: [Double]

    package init(mean: [Double], std: [Double]) {
        self.mean = mean
        self.std = std
    }

    /// Mean and standard deviation of ImageNet's training images, as torchvision's weights expect.
    package static let imagenet = PixelNormalization(mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225])

    /// `(value - 127) / 128`, as EfficientNet-Lite's weights expect.
    package static let efficientNetLite = PixelNormalization(
        mean: Array(repeating: 127.0 / 255, count: 3), std: Array(repeating: 128.0 / 255, count: 3))

    /// Centred on zero, from -1 to 1.
    package static let centred = PixelNormalization(
        mean: Array(repeating: 0.5, count: 3), std: Array(repeating: 0.5, count: 3))
}
