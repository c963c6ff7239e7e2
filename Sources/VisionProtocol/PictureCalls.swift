// Requests that inspect image files and generate images.

/// `inspect-images`: reports size and perceptual hash of each image, or why it does not decode.
package struct InspectImagesCall: VisionCall {
    /// Counts the images inspected so far.
    package typealias Event = PredictionProgress
    /// The member that names this request on the wire.
    package static let name = "inspect-images"

    /// The inspected images.
    package struct Result: Codable, Hashable, Sendable {
        /// In the order of `paths`.
        package var images: [InspectedImage]
        /// - Parameter images: in the order of the request's `paths`.
        package init(images: [InspectedImage]) { self.images = images }
    }

    /// Paths of the image files.
    package var paths: [String]
    /// Creates a request; files that do not decode are results, not errors.
    package init(paths: [String]) { self.paths = paths }
}

/// The result for one file: its properties, or why it does not decode.
package enum InspectedImage: Codable, Hashable, Sendable {
    /// Size of the upright image in pixels, channels of the file (1 grey, 2 grey with alpha, 3 colour or palette, 4
    /// colour with alpha or CMYK), and the 64-bit perceptual hash of the upright image as 16 hex digits. `traits`
    /// lists what a decoder must handle beyond a plain file, such as `orientation 6, 16 bits`; `nil` for a plain
    /// file.
    case readable(
        width: Int, height: Int, channels: Int, format: ImageFormat, perceptualHash: String, traits: String?)
    case unreadable(reason: String)
}

/// `generate-pictures`: draws a labelled image folder, `<folder>/<label>/<label>-NNN.jpg`.
package struct GeneratePicturesCall: VisionCall {
    /// Counts the images drawn so far.
    package typealias Event = PredictionProgress
    /// The member that names this request on the wire.
    package static let name = "generate-pictures"

    /// The motif; `shapes` is the only one.
    package enum Kind: String, Codable, Hashable, Sendable { case shapes }

    /// The labels and files of the generated folder.
    package struct Result: Codable, Hashable, Sendable {
        /// The labels drawn, sorted.
        package var labels: [String]
        /// Paths relative to the folder, sorted.
        package var paths: [String]
        /// Creates a result; both lists are sorted.
        package init(labels: [String], paths: [String]) {
            self.labels = labels
            self.paths = paths
        }
    }

    /// The motif of the images.
    package var kind: Kind
    /// The number of labels, the first ones of the motif's list.
    package var labels: Int
    /// Number of images per label.
    package var perLabel: Int
    /// Equal seeds and styles draw equal images.
    package var seed: UInt64
    /// Size and difficulty of the images.
    package var style: PictureStyle
    /// The folder to write to.
    package var folder: String

    /// - Parameter labels: number of labels, `perLabel` images each.
    package init(kind: Kind, labels: Int, perLabel: Int, seed: UInt64, style: PictureStyle, folder: String) {
        self.kind = kind
        self.labels = labels
        self.perLabel = perLabel
        self.seed = seed
        self.style = style
        self.folder = folder
    }
}

/// Size and difficulty of generated images.
package struct PictureStyle: Codable, Hashable, Sendable {
    /// Width and height in pixels.
    package var size: Int
    /// Standard deviation of the noise on each channel, as a fraction of the full range.
    package var noise: Double
    /// Maximum rotation of a shape in either direction, in degrees.
    package var rotation: Double
    /// Maximum shift of each channel in either direction, as a fraction of the full range.
    package var colorShift: Double

    /// Creates a style; see the properties for units.
    package init(size: Int, noise: Double, rotation: Double, colorShift: Double) {
        self.size = size
        self.noise = noise
        self.rotation = rotation
        self.colorShift = colorShift
    }
}
