// JSON documents as values, with one canonical text for keys and for files that are compared byte by byte.

package import Foundation

/// Any JSON value. Integers stay integers, so that seeds and token counts are never rounded.
package enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// Creates a string from a literal.
    package init(stringLiteral value: String) { self = .string(value) }
    /// Creates an integer from a literal.
    package init(integerLiteral value: Int64) { self = .int(value) }
    /// Creates a double from a literal; its canonical text is an integer when it is whole.
    package init(floatLiteral value: Double) { self = .double(value) }
    /// Creates a boolean from a literal.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    /// Creates an array from a literal.
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// Creates an object from a literal.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
    /// Creates JSON `null`, which differs from a Swift `nil` of an absent member.
    package init(nilLiteral: ()) { self = .null }
}

extension JSONValue {
    /// The member of an object; `nil` when it is absent or the value is not an object.
    package subscript(key: String) -> JSONValue? {
        if case .object(let members) = self { members[key] } else { nil }
    }
    /// The value as a string; `nil` for any other type.
    package var string: String? { if case .string(let value) = self { value } else { nil } }
    /// The value as a boolean; `nil` for any other type.
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    /// The items of an array; `nil` for any other type.
    package var array: [JSONValue]? { if case .array(let value) = self { value } else { nil } }
    /// The members of an object; `nil` for any other type.
    package var object: [String: JSONValue]? { if case .object(let value) = self { value } else { nil } }
    /// Whether the value is JSON `null`.
    package var isNull: Bool { self == .null }
    /// The number as an integer; `nil` when it is not a whole number.
    package var int: Int? {
        switch self {
        case .int(let value): Int(exactly: value)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }
    /// The number as a double, also for integers; `nil` for any other type.
    package var double: Double? {
        switch self {
        case .int(let value): Double(value)
        case .double(let value): value
        default: nil
        }
    }
}

extension JSONValue: Codable {
    /// Decodes a value of any JSON type; integers stay integers.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .int(value)
        } else if let value = try? container.decode(Double.self) {
            self = .double(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([JSONValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    /// Encodes the value as plain JSON.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .int(let value): try container.encode(value)
        case .double(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// Parses one JSON document.
    /// - Throws: `DecodingError.dataCorrupted` with the reason and the byte offset.
    package init(parsing data: Data) throws {
        self = try data.withUnsafeBytes { try JSONParser.parse($0) }
    }

    /// Parses one JSON document, and lists the names that one object gives several times with different values.
    /// - Throws: `DecodingError.dataCorrupted` with the reason and the byte offset.
    package init(parsing data: Data, contradicted: inout Set<String>) throws {
        (self, contradicted) = try data.withUnsafeBytes { try JSONParser.document($0, .init()) }
    }

    /// Parses one JSON document that a model wrote as its answer, and lists the names that one object gives several
    /// times with different values: such a member is null, because any of its values would count by chance. Whole numbers
    /// out of range for `Int64` become strings of their digits.
    /// - Parameter isTolerant: whether to read what `ReceivedJSON` reads, such as line breaks within texts.
    /// - Throws: `DecodingError.dataCorrupted` with the reason and the byte offset.
    package init(parsingAnswer text: String, isTolerant: Bool, contradicted: inout Set<String>) throws {
        (self, contradicted) = try Data(text.utf8).withUnsafeBytes {
            try JSONParser.document(
                $0,
                .init(
                    saturates: isTolerant, isTolerant: isTolerant, dropsContradictions: true, keepsDigits: true))
        }
    }

    /// Parses one JSON document that a user wrote, in which two members of one name in an object are an error, because
    /// programs differ in which of them they use.
    /// - Throws: `DecodingError.dataCorrupted` with the reason and the byte offset.
    package init(parsingWritten data: Data) throws {
        self = try data.withUnsafeBytes { try JSONParser.parse($0, .init(allowsRepeatedNames: false)) }
    }

    /// Parses one JSON document with data to be compared or shown, such as a reference or a row of a table: like
    /// `init(parsingWritten:)`, and whole numbers out of range for `Int64` become strings of their digits.
    /// - Parameter allowsRepeatedNames: whether the last of several members of one name counts instead of being an error.
    /// - Throws: `DecodingError.dataCorrupted` with the reason and the byte offset.
    package init(parsingRecord data: Data, allowsRepeatedNames: Bool = false) throws {
        self = try data.withUnsafeBytes {
            try JSONParser.parse($0, .init(allowsRepeatedNames: allowsRepeatedNames, keepsDigits: true))
        }
    }

    /// The JSON form of an encodable value, equal to the output of `JSONEncoder`.
    package init(encoding value: some Encodable) throws {
        self = try JSONValueEncoder.encode(value)
    }

    /// A prefix that distinguishes user-chosen dictionary keys from property names.
    package static let nameMark: Character = "\u{0}"

    /// The JSON form of a value in which dictionary keys begin with `nameMark`.
    package init(markingNamesOf value: some Encodable) throws {
        self = try JSONValueEncoder.encode(value, marksNames: true)
    }

    /// Decodes a typed value from this document, with the result of `JSONDecoder`.
    package func decoded<T: Decodable>(as type: T.Type = T.self) throws -> T {
        try JSONValueDecoder.decode(type, from: self)
    }
}

extension DecodingError {
    /// The reason, as a phrase without the type's own description.
    package var reason: String {
        switch self {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            context.debugDescription
        @unknown default: "\(self)"
        }
    }
}

extension Decodable {
    /// Decodes a value from one JSON document, like `JSONDecoder` but faster, with two differences. A whole number
    /// out of range for `Int64` is an error, where `JSONDecoder` would accept a `UInt64`. A number out of range for
    /// `Double` becomes the largest finite `Double`, so that an unused member cannot make a whole document, such as
    /// the answer to a create call, unreadable.
    /// - Throws: `DecodingError`.
    package init(json data: Data) throws {
        self = try data.withUnsafeBytes { try JSONParser.parse($0, .init(saturates: true)) }.decoded()
    }
}

extension JSONValue {
    /// The canonical text: members sorted by their UTF-8 bytes, no white space, shortest round-trip numbers, and
    /// whole doubles written as integers (so `3` and `3.0` are equal). Non-finite numbers have no JSON form and are
    /// written as `null`.
    package var canonical: String { text(indent: nil) }

    /// The canonical text with line breaks and two spaces of indentation per level, for files that people read.
    package var pretty: String { text(indent: 2) }

    /// The text of `pretty` with whole doubles written as `1.0`, for programs in languages that distinguish them from `1`.
    package var prettyWithPoints: String { text(indent: 2, hasPoints: true) }

    /// The canonical text as UTF-8 bytes.
    package var canonicalBytes: [UInt8] { bytes(indent: nil) }

    private func text(indent: Int?, hasPoints: Bool = false) -> String {
        String(decoding: bytes(indent: indent, hasPoints: hasPoints), as: UTF8.self)
    }

    private func bytes(indent: Int?, hasPoints: Bool = false) -> [UInt8] {
        var bytes: [UInt8] = []
        write(to: &bytes, indent: indent, hasPoints: hasPoints, depth: 0)
        return bytes
    }

    /// Appends the canonical text to a buffer, for output made of many values.
    package func writeCanonical(to bytes: inout [UInt8]) { write(to: &bytes, indent: nil, depth: 0) }

    private func write(to bytes: inout [UInt8], indent: Int?, hasPoints: Bool = false, depth: Int) {
        func lineBreak(_ depth: Int) {
            guard let indent else { return }
            bytes.append(UInt8(ascii: "\n"))
            bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indent * depth))
        }
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .int(let value): bytes.append(contentsOf: String(value).utf8)
        case .double(let value):
            let text = JSONValue.canonicalNumber(value)
            bytes.append(contentsOf: text.utf8)
            if hasPoints, Int64(text) != nil { bytes.append(contentsOf: ".0".utf8) }
        case .string(let value): JSONValue.writeString(value, to: &bytes)
        case .array(let values):
            bytes.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                lineBreak(depth + 1)
                value.write(to: &bytes, indent: indent, hasPoints: hasPoints, depth: depth + 1)
            }
            if !values.isEmpty { lineBreak(depth) }
            bytes.append(UInt8(ascii: "]"))
        case .object(let members):
            bytes.append(UInt8(ascii: "{"))
            let sorted = members.count < 2 ? Array(members) : members.sorted { JSONValue.precedes($0.key, $1.key) }
            for (index, member) in sorted.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                lineBreak(depth + 1)
                JSONValue.writeString(member.key, to: &bytes)
                bytes.append(UInt8(ascii: ":"))
                if indent != nil { bytes.append(UInt8(ascii: " ")) }
                member.value.write(to: &bytes, indent: indent, hasPoints: hasPoints, depth: depth + 1)
            }
            if !members.isEmpty { lineBreak(depth) }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Whether the UTF-8 bytes of `a` sort before those of `b`.
    private static func precedes(_ a: String, _ b: String) -> Bool {
        var a = a
        var b = b
        return a.withUTF8 { a in
            b.withUTF8 { b in
                guard let left = a.baseAddress, let right = b.baseAddress else { return a.count < b.count }
                let order = memcmp(left, right, min(a.count, b.count))
                return order == 0 ? a.count < b.count : order < 0
            }
        }
    }

    private static func canonicalNumber(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if let whole = Int64(exactly: value) { return String(whole) }
        return "\(value)"
    }

    private static func writeString(_ value: String, to bytes: inout [UInt8]) {
        var value = value
        bytes.append(UInt8(ascii: "\""))
        value.withUTF8 { text in
            // Runs of characters without escapes are copied in one piece.
            var copied = 0
            for (index, byte) in text.enumerated() {
                guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
                bytes.append(contentsOf: text[copied..<index])
                copied = index + 1
                switch byte {
                case UInt8(ascii: "\""): bytes.append(contentsOf: "\\\"".utf8)
                case UInt8(ascii: "\\"): bytes.append(contentsOf: "\\\\".utf8)
                case UInt8(ascii: "\n"): bytes.append(contentsOf: "\\n".utf8)
                case UInt8(ascii: "\r"): bytes.append(contentsOf: "\\r".utf8)
                case UInt8(ascii: "\t"): bytes.append(contentsOf: "\\t".utf8)
                default:
                    let hex = String(byte, radix: 16)
                    bytes.append(contentsOf: "\\u".utf8)
                    bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - hex.utf8.count))
                    bytes.append(contentsOf: hex.utf8)
                }
            }
            bytes.append(contentsOf: text[copied...])
        }
        bytes.append(UInt8(ascii: "\""))
    }
}
