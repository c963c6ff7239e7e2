// An item: one question about one or more images, with its reference.

package import Basics

/// The unit of evaluation. Several items can share an image. Items of a group are never separated by a split and are
/// drawn together for confidence intervals.
package struct TaskItem: Hashable, Sendable {
    /// Unique within the dataset.
    package var id: String
    /// In order: pages, frames, or the one image of the question.
    package var images: [TaskImage]
    /// The document, clip or patient that the item belongs to; defaults to the first image's path.
    package var group: String
    /// Prompt variables of the item by name, such as `question`.
    package var variables: [String: String]
    /// The reference that ``TaskDefinition/reference(of:)`` read from the row.
    package var reference: JSONValue

    /// - Parameter group: items of a group stay in one split and are drawn together.
    package init(
        id: String, images: [TaskImage], group: String, variables: [String: String] = [:], reference: JSONValue
    ) {
        self.id = id
        self.images = images
        self.group = group
        self.variables = variables
        self.reference = reference
    }
}

/// An image of an item. Sizes are in pixels after the orientation is applied.
package struct TaskImage: Hashable, Sendable {
    /// Path of the file.
    package var path: String
    /// Width in pixels of the upright image.
    package var width: Int
    /// Height in pixels of the upright image.
    package var height: Int

    /// Creates a description of an image; sizes in pixels.
    package init(path: String, width: Int, height: Int) {
        self.path = path
        self.width = width
        self.height = height
    }
}

/// A task's interpretation of a reply.
package struct Prediction: Hashable, Sendable, Codable {
    /// The ways in which a reply can be parsed.
    package enum Reading: String, Hashable, Sendable, Codable, CaseIterable {
        /// In the requested form.
        case clean
        /// From a code fence, from surrounding text, or in another spelling of the requested form.
        case unwrapped
        /// From the available part of a truncated reply.
        case cut
        /// Not parsed.
        case unreadable
    }

    /// The interpreted answer; `nil` exactly when the reply is unreadable.
    package private(set) var value: JSONValue?
    /// The way in which the reply was parsed.
    package private(set) var reading: Reading
    /// Why the reply is unreadable, such as `two numbers`.
    package private(set) var reason: String?

    /// Creates the prediction of a readable reply.
    package init(_ value: JSONValue, _ reading: Reading = .clean) {
        self.value = value
        self.reading = reading == .unreadable ? .clean : reading
    }

    private init(reason: String) {
        reading = .unreadable
        self.reason = reason
    }

    /// Creates the prediction of an unreadable reply.
    /// - Parameter reason: completes "unreadable: …".
    package static func unreadable(_ reason: String) -> Prediction { Prediction(reason: reason) }
}
