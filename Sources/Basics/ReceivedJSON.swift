// Reads JSON that a service sent, including what JSON does not allow, because a reply may be paid for.

package import Foundation

/// A JSON document that a service sent. Read beyond RFC 8259: `NaN` and `Infinity` (as null), numbers out of range (as
/// the largest `Double`), control characters in texts, and halves of surrogate pairs and bytes that are not UTF-8 (both
/// as U+FFFD).
package struct ReceivedJSON: Sendable {
    /// The document. Of several members of one name in an object the last counts, but for `null`.
    package let value: JSONValue
    /// The names of members that an object has several times with different values.
    package let contradicted: Set<String>

    /// - Throws: `DecodingError.dataCorrupted` with the reason and the byte offset.
    package init(_ data: Data) throws {
        (value, contradicted) = try data.withUnsafeBytes {
            try JSONParser.document($0, .init(saturates: true, isTolerant: true))
        }
    }

    /// A part of a document that was read.
    /// - Parameter contradicted: the names that the whole document contradicts.
    package init(value: JSONValue, contradicted: Set<String>) {
        self.value = value
        self.contradicted = contradicted
    }

    /// Reads documents that follow each other, with white space or nothing between them.
    /// - Throws: `DecodingError.dataCorrupted` with the reason and the byte offset.
    package static func sequence(_ data: Data) throws -> [ReceivedJSON] {
        try data.withUnsafeBytes { try JSONParser.sequence($0, .init(saturates: true, isTolerant: true)) }
            .map { ReceivedJSON(value: $0.value, contradicted: $0.contradicted) }
    }

    /// The reason why the value of a named member is ambiguous; `nil` if none is.
    package func contradiction(among names: some Sequence<String>) -> String? {
        names.sorted().first(where: contradicted.contains).map { "it has '\($0)' twice, with different values" }
    }
}

extension Decodable {
    /// Decodes a value from JSON that a service sent.
    /// - Throws: `DecodingError`.
    package init(received data: Data) throws {
        self = try ReceivedJSON(data).value.decoded()
    }
}
