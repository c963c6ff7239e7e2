// The lines on the worker's pipes.

import Basics
package import Foundation

/// A line to the worker: an id and a request named by its single member.
package struct VisionRequestLine<Call: VisionCall>: Codable, Sendable {
    package var id: Int
    package var request: [String: Call]

    package init(id: Int, call: Call) {
        self.id = id
        request = [Call.name: call]
    }
}

/// The part of a request line that says which request it is.
package struct VisionRequestHead: Decodable, Sendable {
    package var id: Int
    package var name: String

    private enum Member: String, CodingKey { case id, request }
    private struct Name: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init?(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

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

/// A line from the worker: exactly one of the three members beside the id is there.
package struct VisionReplyLine<Event: Codable & Sendable, Result: Codable & Sendable>: Codable, Sendable {
    package var id: Int
    package var event: Event?
    package var result: Result?
    package var error: VisionFailure?

    package init(id: Int, event: Event? = nil, result: Result? = nil, error: VisionFailure? = nil) {
        self.id = id
        self.event = event
        self.result = result
        self.error = error
    }
}

/// The part of a reply line that says whose it is and whether it is the last.
package struct VisionReplyHead: Sendable {
    package var id: Int
    package var isEvent: Bool

    /// Reads it off a line; `nil` where that is no line of a worker.
    package init?(_ line: Data) {
        guard let json = try? JSONValue(parsing: line), let id = json["id"]?.int else { return nil }
        self.id = id
        isEvent = json["event"] != nil
    }
}

/// How lines are written: one JSON document each, without line breaks, members sorted.
package enum VisionLine {
    package static func encode(_ line: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try encoder.encode(line)
    }

    package static func decode<T: Decodable>(_ type: T.Type, from line: Data) throws -> T {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        return try decoder.decode(type, from: line)
    }
}
