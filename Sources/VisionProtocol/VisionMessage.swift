// The JSON lines on the worker's pipes.

import Basics
package import Foundation

/// A line to the worker: an id and an object with one member, named after the request.
package struct VisionRequestLine<Call: VisionCall>: Codable, Sendable {
    /// Chosen by the client; the replies repeat it.
    package var id: Int
    /// One member: the request under its wire name.
    package var request: [String: Call]

    /// - Parameter id: unique among the open requests of a worker.
    package init(id: Int, call: Call) {
        self.id = id
        request = [Call.name: call]
    }
}

/// The part of a request line that identifies the request.
package struct VisionRequestHead: Decodable, Sendable {
    /// The id to repeat in every reply.
    package var id: Int
    /// The request's wire name.
    package var name: String

    private enum Member: String, CodingKey { case id, request }
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Decodes id and name.
    /// - Throws: `DecodingError` unless the request has exactly one member.
    package init(from decoder: any Decoder) throws {
        let line = try decoder.container(keyedBy: Member.self)
        id = try line.decode(Int.self, forKey: .id)
        let request = try line.nestedContainer(keyedBy: Name.self, forKey: .request)
        guard let key = request.allKeys.first, request.allKeys.count == 1 else {
            throw DecodingError.dataCorruptedError(
                forKey: .request, in: line, debugDescription: "a request has one member, its name")
        }
        name = key.stringValue
    }
}

/// A line from the worker: the request's id and exactly one of the three other members.
package struct VisionReplyLine<Event: Codable & Sendable, Result: Codable & Sendable>: Codable, Sendable {
    /// The id of the request that this line answers.
    package var id: Int
    /// Progress; more lines follow.
    package var event: Event?
    /// The final result.
    package var result: Result?
    /// The final error.
    package var error: VisionFailure?

    /// Creates a reply; pass exactly one of event, result and error.
    package init(id: Int, event: Event? = nil, result: Result? = nil, error: VisionFailure? = nil) {
        self.id = id
        self.event = event
        self.result = result
        self.error = error
    }
}

/// The part of a reply line that identifies its request and whether more replies follow.
package struct VisionReplyHead: Sendable {
    /// The id of the request.
    package var id: Int
    /// Whether more lines for this request follow.
    package var isEvent: Bool

    /// Parses a line; `nil` if it is not a reply.
    package init?(_ line: Data) {
        guard let json = try? JSONValue(parsing: line), let id = json["id"]?.int else { return nil }
        self.id = id
        isEvent = json["event"] != nil
    }
}

/// The encoding of lines: one JSON document each, without line breaks, with sorted members.
package enum VisionLine {
    /// Encodes a line, without a trailing line break.
    package static func encode(_ line: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(line)
    }

    /// Decodes a line.
    /// - Throws: `DecodingError`.
    package static func decode<T: Decodable>(_ type: T.Type, from line: Data) throws -> T {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(type, from: line)
    }
}
