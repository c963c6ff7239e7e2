// Image transforms before a network, with the semantics of torchvision's transforms on 8-bit images.

/// An image transform. Sizes are in pixels; resampling is bilinear with antialiasing.
package enum ImageTransform: Hashable, Sendable, Codable {
    /// Scales so that the shorter side is `size` pixels long.
    case resize(size: Int)
    /// Crops a square of `size` pixels from the centre; padded with black if the image is smaller.
    case centerCrop(size: Int)
    /// Crops a rectangle with an area share within `scale` and an aspect ratio (width / height) within `ratio`, and
    /// scales it to a square of `size` pixels.
    case randomResizedCrop(size: Int, scale: ClosedRange<Double> = 0.08...1, ratio: ClosedRange<Double> = 0.75...4 / 3)
    /// Flips horizontally with this probability.
    case randomHorizontalFlip(probability: Double = 0.5)
    /// Scales brightness, contrast and saturation by random factors within 1 ± amount, and shifts the hue by at most
    /// `hue` (0 to 0.5) of the colour circle, in random order.
    case colorJitter(brightness: Double = 0, contrast: Double = 0, saturation: Double = 0, hue: Double = 0)
}

/// Maps 8-bit values to a network's input: `(value / 255 - mean) / std`, for red, green and blue.
package struct PixelNormalization: Hashable, Sendable, Codable {
    /// Mean of each channel, on the 0...1 scale.
    package let mean: [Double]
    /// Standard deviation of each channel, on the 0...1 scale.
    package let std: [Double]

    /// - Parameter mean: red, green and blue, on the 0...1 scale, like `std`.
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
