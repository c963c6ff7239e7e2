// Generated images.

/// A dataset of generated pictures. Every field determines their bytes.
package struct GenerateSpec: Hashable, Sendable, Codable {
    /// The generator.
    package var pictures: Pictures
    /// The number of labels, at most as many as the generator supports.
    package var labels: Int
    /// The number of pictures per label.
    package var perLabel: Int
    /// The seed of all random choices.
    package var seed: Int
    /// The width and height in pixels.
    package var size: Int
    /// The standard deviation of the noise per channel, as a fraction of the full range.
    package var noise: Double
    /// The maximum rotation in either direction, in degrees.
    package var rotation: Double
    /// The maximum shift of each channel in either direction, as a fraction of the full range.
    package var colorShift: Double

    /// - Parameter size: width and height in pixels.
    package init(
        pictures: Pictures, labels: Int, perLabel: Int, seed: Int = 0, size: Int = 64, noise: Double = 0.1,
        rotation: Double = 30, colorShift: Double = 0.15
    ) {
        self.pictures = pictures
        self.labels = labels
        self.perLabel = perLabel
        self.seed = seed
        self.size = size
        self.noise = noise
        self.rotation = rotation
        self.colorShift = colorShift
    }
}

extension GenerateSpec {
    /// The available generators.
    package enum Pictures: String, Hashable, Sendable, Codable, CaseIterable {
        /// Coloured shapes, one shape per label.
        case shapes
    }
}
