// Asks for pictures to be stored again in a form that providers take.

/// `convert-images`: writes each picture upright and in RGB, shrunk where it is too large, to `<folder>/<index>.jpg` or
/// `.png`. Nothing but the pixels is kept: no orientation, profile or other metadata.
package struct ConvertImagesCall: VisionCall {
    package typealias Event = PredictionProgress
    package static let name = "convert-images"

    package struct Result: Codable, Hashable, Sendable {
        /// In the order of the paths.
        package var images: [ConvertedImage]
        package init(images: [ConvertedImage]) { self.images = images }
    }

    package enum Form: String, Codable, Hashable, Sendable {
        /// A JPEG of quality 92.
        case jpeg
        /// A PNG, which loses nothing. One of more than 10 MB becomes a JPEG of quality 95 instead, since providers take no
        /// larger file.
        case png
    }

    package var paths: [String]
    /// The most pixels of the longer side; `nil` leaves the size alone.
    package var maxSide: Int?
    /// A folder that exists.
    package var folder: String

    package var form: Form

    package init(paths: [String], maxSide: Int?, folder: String, form: Form) {
        self.paths = paths
        self.maxSide = maxSide
        self.folder = folder
        self.form = form
    }
}

package struct ConvertedImage: Codable, Hashable, Sendable {
    package var path: String
    package var width: Int
    package var height: Int

    package init(path: String, width: Int, height: Int) {
        self.path = path
        self.width = width
        self.height = height
    }
}
