// The protocol of requests to the vision worker: request, progress events, result.

/// A request to the worker. On the pipe it is `{"id":1,"request":{"<name>":{…}}}`, answered by any number of
/// `{"id":1,"event":{…}}` and one `{"id":1,"result":{…}}` or `{"id":1,"error":{"code":…,"message":…}}`.
package protocol VisionCall: Codable, Sendable {
    /// Progress reported before the result.
    associatedtype Event: Codable & Sendable = NoEvent
    /// The payload of the final reply.
    associatedtype Result: Codable & Sendable
    /// The member that names the request on the wire; unique among all requests.
    static var name: String { get }
    /// The batch size that determines the memory use; used to suggest a smaller one when the worker runs out of
    /// memory.
    var batchSizeInMemory: Int? { get }
}

extension VisionCall {
    /// `nil`: the request has no batch size to reduce.
    package var batchSizeInMemory: Int? { nil }
}

/// The event type of requests without events.
package struct NoEvent: Codable, Sendable {}

/// An image with what a network learns about it.
package struct LabelledImage: Codable, Hashable, Sendable {
    /// Path of the image file.
    package var path: String
    /// Index into the request's labels, from 0; 0 for other outputs than a label.
    package var label: Int
    /// Indices into the request's labels, for the output `tags`.
    package var tags: [Int]?
    /// The number, for the output `count`.
    package var count: Double?

    /// - Parameter label: index into the request's labels, from 0.
    package init(path: String, label: Int) {
        self.path = path
        self.label = label
    }

    /// - Parameter tags: indices into the request's labels, from 0.
    package init(path: String, tags: [Int]) {
        self.init(path: path, label: 0)
        self.tags = tags
    }

    /// - Parameter count: a number of objects.
    package init(path: String, count: Double) {
        self.init(path: path, label: 0)
        self.count = count
    }
}
