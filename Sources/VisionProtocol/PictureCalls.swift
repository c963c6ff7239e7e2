// Asks about picture files, and for pictures that are drawn.

/// `inspect-images`: size and perceptual hash of each picture, or why it does not decode.
package struct InspectImagesCall: VisionCall {
    package typealias Event = PredictionProgress
    package static let name = "inspect-images"

    package struct Result: Codable, Hashable, Sendable {
        /// In the order of the paths.
        package var images: [InspectedImage]
        package init(images: [InspectedImage]) { self.images = images }
    }

    package var paths: [String]
    package init(paths: [String]) { self.paths = paths }
}

package enum InspectedImage: Codable, Hashable, Sendable {
    /// Pixels of the upright picture, channels of the file (1 grey, 2 grey with alpha, 3 colour or palette, 4 colour with
    /// alpha or CMYK), 64-bit perceptual hash of the upright picture in 16 hex digits. `traits` is what sets the file
    /// apart from a plain one when its pixels are read, such as `orientation 6, 16 bits`; `nil` for a plain one.
    case readable(
        width: Int, height: Int, channels: Int, format: ImageFormat, perceptualHash: String, traits: String?)
    case unreadable(reason: String)
}

/// `generate-pictures`: draws a labelled folder of pictures, `<folder>/<label>/<label>-NNN.jpg`.
package struct GeneratePicturesCall: VisionCall {
    package typealias Event = PredictionProgress
    package static let name = "generate-pictures"

    package enum Kind: String, Codable, Hashable, Sendable { case shapes }

    package struct Result: Codable, Hashable, Sendable {
        /// The labels that were drawn, sorted.
        package var labels: [String]
        /// Paths relative to the folder, sorted.
        package var paths: [String]
        package init(labels: [String], paths: [String]) {
            self.labels = labels
            self.paths = paths
        }
    }

    package var kind: Kind
    /// How many labels.
    package var labels: Int
    package var perLabel: Int
    package var seed: UInt64
    package var style: PictureStyle
    package var folder: String

    package init(kind: Kind, labels: Int, perLabel: Int, seed: UInt64, style: PictureStyle, folder: String) {
        self.kind = kind
        self.labels = labels
        self.perLabel = perLabel
        self.seed = seed
        self.style = style
        self.folder = folder
    }
}

/// How large generated pictures are and how hard they are to tell apart.
package struct PictureStyle: Codable, Hashable, Sendable {
    /// Width and height in pixels.
    package var size: Int
    /// Standard deviation of the noise on each channel, as a part of the full range.
    package var noise: Double
    /// The most that a shape is turned either way, in degrees.
    package var rotation: Double
    /// The most that each channel is shifted either way, as a part of the full range.
    package var colorShift: Double

    package init(size: Int, noise: Double, rotation: Double, colorShift: Double) {
        self.size = size
        self.noise = noise
        self.rotation = rotation
        self.colorShift = colorShift
    }
}
