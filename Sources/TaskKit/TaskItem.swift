// An item: one question about one or more images, with its reference.

package import Basics

/// The unit of work. Several items can share an image; items of one group are never parted by a split and are drawn
/// together for confidence intervals.
package struct TaskItem: Hashable, Sendable {
    /// Unique in the dataset.
    package var id: String
    /// In order: pages, frames, or the one picture asked about.
    package var images: [TaskImage]
    /// The document, clip or patient that the item belongs to; the first image's path where nothing else is stated.
    package var group: String
    /// Texts of the item for the prompt, by variable: `question`.
    package var variables: [String: String]
    /// What the task's ``TaskDefinition/reference(of:)`` made of the row.
    package var reference: JSONValue

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

/// An image of an item. Sizes are those of the upright picture in pixels.
package struct TaskImage: Hashable, Sendable {
    package var path: String
    package var width: Int
    package var height: Int

    package init(path: String, width: Int, height: Int) {
        self.path = path
        self.width = width
        self.height = height
    }
}

/// What a task made of a reply.
package struct Prediction: Hashable, Sendable, Codable {
    /// How the reply was read.
    package enum Reading: String, Hashable, Sendable, Codable, CaseIterable {
        /// In the form that was requested.
        case clean
        /// Out of a code fence, words around it, or another spelling of the requested form.
        case unwrapped
        /// What there is of a reply that ends in the middle.
        case cut
        /// Not at all.
        case unreadable
    }

    /// `nil` exactly when the reply is unreadable.
    package private(set) var value: JSONValue?
    package private(set) var reading: Reading
    /// Why the reply is unreadable: `two numbers`.
    package private(set) var reason: String?

    /// A reply that could be read.
    package init(_ value: JSONValue, _ reading: Reading = .clean) {
        self.value = value
        self.reading = reading == .unreadable ? .clean : reading
    }

    private init(reason: String) {
        reading = .unreadable
        self.reason = reason
    }

    /// A reply that cannot be read.
    /// - Parameter reason: a few words that complete "unreadable: …".
    package static func unreadable(_ reason: String) -> Prediction { Prediction(reason: reason) }
}

/// The score of one item: named counts that metrics add up.
package struct ItemScore: Hashable, Sendable, Codable {
    /// The counts by name. A name that is absent adds nothing, and takes the item out of metrics that are a mean of it.
    package var counts: [String: Double]
    /// Longer parts for metrics of all items, such as the confidences of boxes; empty for most tasks.
    package var lists: [String: [Double]]

    package init(_ counts: [String: Double], lists: [String: [Double]] = [:]) {
        self.counts = counts
        self.lists = lists
    }

    package subscript(name: String) -> Double? { counts[name] }

    private enum CodingKeys: String, CodingKey { case counts, lists }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        counts = try container.decode([String: Double].self, forKey: .counts)
        lists = try container.decodeIfPresent([String: [Double]].self, forKey: .lists) ?? [:]
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(counts, forKey: .counts)
        if !lists.isEmpty { try container.encode(lists, forKey: .lists) }
    }
}
