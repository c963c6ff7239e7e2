// The reply of an emulated service.

package import Foundation

/// Status, header fields and body of a reply.
package struct Reply: Sendable {
    /// The bytes of a reply.
    package enum Body: Sendable {
        case none
        case json(Data)
        /// Server-sent events.
        case events(Data)
        /// Bytes of another type, which the header fields name.
        case bytes(Data)
        /// A part of a file on disk.
        case file(URL, Range<Int>)
    }

    /// The HTTP status.
    package var status: Int
    /// Header fields besides the content type and length, which follow from the body.
    package var headers: [String: String] = [:]
    /// `.none` for a reply without content.
    package var body: Body = .none

    /// A reply without a body.
    package init(_ status: Int, headers: [String: String] = [:]) {
        self.status = status
        self.headers = headers
    }

    /// A reply with a value as JSON, with sorted keys.
    package init(_ status: Int, _ value: some Encodable, headers: [String: String] = [:]) throws {
        self.status = status
        self.headers = headers
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        body = .json(try encoder.encode(value))
    }
}
