// The request that re-encodes images in a format that providers accept.

/// `convert-images`: writes each image upright and in RGB, shrunk if it is too large, to `<folder>/<index>.jpg` or
/// `.png`. Only the pixels are kept: orientation, profile and other metadata are dropped.
package struct ConvertImagesCall: VisionCall {
    /// Counts the images converted so far.
    package typealias Event = PredictionProgress
    /// The member that names this request on the wire.
    package static let name = "convert-images"

    /// The converted images.
    package struct Result: Codable, Hashable, Sendable {
        /// In the order of `paths`.
        package var images: [ConvertedImage]
        /// - Parameter images: in the order of the request's `paths`.
        package init(images: [ConvertedImage]) { self.images = images }
    }

    /// The format that images are converted to.
    package enum Form: String, Codable, Hashable, Sendable {
        /// JPEG at quality 92.
        case jpeg
        /// Lossless PNG. A file above 10 MB becomes a JPEG at quality 95 instead, because providers accept no larger
        /// file.
        case png
    }

    /// Paths of the images to convert.
    package var paths: [String]
    /// Maximum length of the longer side, in pixels; `nil` keeps the size.
    package var maxSide: Int?
    /// An existing folder.
    package var folder: String

    /// The requested format; a PNG may become a JPEG, see ``Form/png``.
    package var form: Form

    /// - Parameter folder: an existing folder; file names are the indices of `paths`.
    package init(paths: [String], maxSide: Int?, folder: String, form: Form) {
        self.paths = paths
        self.maxSide = maxSide
        self.folder = folder
        self.form = form
    }
}

/// One converted image, with its size after shrinking.
package struct ConvertedImage: Codable, Hashable, Sendable {
    /// The path of the written file.
    package var path: String
    /// Width of the written image, in pixels.
    package var width: Int
    /// Height of the written image, in pixels.
    package var height: Int

    /// Creates the description of a written file; sizes in pixels.
    package init(path: String, width: Int, height: Int) {
        self.path = path
        self.width = width
        self.height = height
    }
}
