// What can be asked of the vision worker: a request, the events on the way, and its result.

/// A request of the worker. On the pipe it is `{"id":1,"request":{"<name>":{…}}}`, answered by any number of
/// `{"id":1,"event":{…}}` and one `{"id":1,"result":{…}}` or `{"id":1,"error":{"code":…,"message":…}}`.
package protocol VisionCall: Codable, Sendable {
    associatedtype Event: Codable & Sendable = NoEvent
    associatedtype Result: Codable & Sendable
    static var name: String { get }
    /// The batch size whose memory the work needs; names a smaller one when the worker runs out of memory.
    var batchSizeInMemory: Int? { get }
}

extension VisionCall {
    package var batchSizeInMemory: Int? { nil }
}

/// The event of a request that sends none.
package struct NoEvent: Codable, Sendable {}

/// A picture with the index of its label in the list that the request names.
package struct LabelledImage: Codable, Hashable, Sendable {
    package var path: String
    package var label: Int

    package init(path: String, label: Int) {
        self.path = path
        self.label = label
    }
}
