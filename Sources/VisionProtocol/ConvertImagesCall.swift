// Asks for pictures to be stored again in a form that providers take.

/// `convert-images`: writes each picture as an RGB JPEG, `<folder>/<index>.jpg`, shrunk where it is too large.
package struct ConvertImagesCall: VisionCall {
    package typealias Event = PredictionProgress
    package static let name = "convert-images"

    package struct Result: Codable, Hashable, Sendable {
        /// In the order of the paths.
        package var images: [ConvertedImage]
        package init(images: [ConvertedImage]) { self.images = images }
    }

    package var paths: [String]
    /// The most pixels of the longer side; `nil` leaves the size alone.
    package var maxSide: Int?
    /// A folder that exists.
    package var folder: String

    package init(paths: [String], maxSide: Int?, folder: String) {
        self.paths = paths
        self.maxSide = maxSide
        self.folder = folder
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
