// Pictures that are drawn here instead of collected.

/// A dataset of generated pictures; every field decides their bytes.
package struct GenerateSpec: Hashable, Sendable, Codable {
    /// Which generator draws.
    package var pictures: Pictures
    /// How many labels, at most as many as the generator knows.
    package var labels: Int
    /// Pictures of each label.
    package var perLabel: Int
    /// Decides every picture.
    package var seed: Int
    /// Width and height in pixels.
    package var size: Int
    /// Standard deviation of the noise on each channel, as a part of the full range.
    package var noise: Double
    /// The most that a picture is turned either way, in degrees.
    package var rotation: Double
    /// The most that each channel is shifted either way, as a part of the full range.
    package var colorShift: Double

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
    package enum Pictures: String, Hashable, Sendable, Codable, CaseIterable {
        /// Coloured shapes, one shape a label.
        case shapes
    }
}
