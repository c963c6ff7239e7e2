// The request for the text in images, by the small reader behind the emulator.

/// `read-text`: reads the lines of text in each image.
package struct ReadTextCall: VisionCall {
    /// The member that names this request on the wire.
    package static let name = "read-text"

    /// A rectangle in pixels of the image; `right` and `bottom` are outside it.
    package struct Frame: Codable, Hashable, Sendable {
        /// The leftmost column.
        package var left: Int
        /// The topmost row.
        package var top: Int
        /// The column after the last.
        package var right: Int
        /// The row after the last.
        package var bottom: Int

        /// Creates a rectangle; all values in pixels.
        package init(left: Int, top: Int, right: Int, bottom: Int) {
            self.left = left
            self.top = top
            self.right = right
            self.bottom = bottom
        }
    }

    /// A character with its position.
    package struct Character: Codable, Hashable, Sendable {
        /// One code point.
        package var text: String
        /// The position: as tall as the line, and as wide as the network's columns suggest.
        package var frame: Frame

        /// - Parameter text: one code point.
        package init(text: String, frame: Frame) {
            self.text = text
            self.frame = frame
        }
    }

    /// A line of text that was found in an image, with the positions of its characters.
    package struct Line: Codable, Hashable, Sendable {
        /// The text, with single spaces.
        package var text: String
        /// Every character that was seen, spaces included.
        package var characters: [Character]

        /// - Parameter characters: from left to right.
        package init(text: String, characters: [Character]) {
            self.text = text
            self.characters = characters
        }
    }

    /// The text of one image.
    package struct Reading: Codable, Hashable, Sendable {
        /// Width of the image in pixels.
        package var width: Int
        /// Height of the image in pixels.
        package var height: Int
        /// From top to bottom; empty if no text was seen.
        package var lines: [Line]
        /// Why the image does not decode. One undecodable image does not fail the others.
        package var unreadable: String?

        /// - Parameter unreadable: the reason, for an image that does not decode.
        package init(width: Int, height: Int, lines: [Line], unreadable: String? = nil) {
            self.width = width
            self.height = height
            self.lines = lines
            self.unreadable = unreadable
        }

        /// The text, one line below the other.
        package var text: String { lines.map(\.text).joined(separator: "\n") }
    }

    /// The texts of all images of the request.
    package struct Result: Codable, Hashable, Sendable {
        /// One for each image, in order.
        package var readings: [Reading]
        /// Display name of the network, used in reports.
        package var network: String

        /// - Parameter network: a display name.
        package init(readings: [Reading], network: String) {
            self.readings = readings
            self.network = network
        }
    }

    /// The model that reads; loaded on first use. Models differ in their reader only by fine-tuning.
    package var model: EmulatedModel
    /// The images to read, in order.
    package var images: [AnswerCall.Image]

    /// Creates a request for the text of each image.
    package init(model: EmulatedModel, images: [AnswerCall.Image]) {
        self.model = model
        self.images = images
    }
}
