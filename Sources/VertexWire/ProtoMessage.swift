// The JSON form of protocol buffers, read leniently: both spellings of a name, 64-bit integers as numbers or text.

package import Basics
package import Foundation

/// A message of Google's APIs. Every field may be unset, as in protocol buffers.
package protocol ProtoMessage: Codable, Hashable, Sendable {
    /// A message with no field set.
    init()
}

extension ProtoMessage {
    /// Creates a message and sets fields of it.
    package init(_ fill: (inout Self) throws -> Void) rethrows {
        self.init()
        try fill(&self)
    }

    /// Reads a received document with names in camel case or snake case. Throws `DecodingError`.
    package init(proto data: Data) throws {
        try self.init(proto: ReceivedJSON(data).value)
    }

    /// Reads a JSON value with names in camel case or snake case. Throws `DecodingError`.
    package init(proto value: JSONValue) throws {
        self = try ProtoNames.camelCase(value).decoded()
    }

    /// The first field of a JSON value that this type does not have, as `inputConfig.gcsSource.color`; `nil` if it
    /// has all of them. Servers reject such a field by name.
    package static func unknownField(in value: JSONValue) -> String? {
        let named = ProtoNames.camelCase(value)
        guard let message: Self = try? named.decoded(), let kept = try? JSONValue(encoding: message) else { return nil }
        return ProtoNames.missing(from: kept, of: named, at: "")
    }
}

/// A received document with names in camel case, and the names that it contradicts.
package struct ReceivedProto: Sendable {
    /// The document. The camel-case spelling of a name counts where an object has both, otherwise the last of several
    /// members of one name.
    package let value: JSONValue
    /// The names, in camel case, that an object has several times with different values, in one spelling or in two.
    package let contradicted: Set<String>

    /// - Throws: `DecodingError` for bytes that are not JSON.
    package init(_ data: Data) throws {
        let received = try ReceivedJSON(data)
        var contradicted = Set(received.contradicted.map { ProtoNames.camelCase($0) })
        value = ProtoNames.camelCase(received.value, &contradicted)
        self.contradicted = contradicted
    }

    /// Why the document does not say what the members of some names are; `nil` if it does.
    package func contradiction(among names: some Sequence<String>) -> String? {
        ReceivedJSON(value: value, contradicted: contradicted).contradiction(among: names)
    }
}

/// The spelling of field names.
package enum ProtoNames {
    /// Fields whose members are data and not fields of a message.
    private static let maps: Set<String> = [
        "labels", "metadata", "responseJsonSchema", "responseSchema", "args", "trafficSplit", "systemLabels", "details",
        "modelParameters",
    ]

    /// A value with all field names in camel case. The keys of maps and the members of schemas are data and stay.
    package static func camelCase(_ value: JSONValue) -> JSONValue {
        var contradicted: Set<String> = []
        return camelCase(value, &contradicted)
    }

    /// - Parameter contradicted: receives the names that an object has in two spellings with different values.
    fileprivate static func camelCase(_ value: JSONValue, _ contradicted: inout Set<String>) -> JSONValue {
        switch value {
        case .object(let members):
            var named: [String: JSONValue] = [:]
            // The camel-case spelling wins where a message has both.
            for (key, member) in members.sorted(by: { $0.key.contains("_") && !$1.key.contains("_") }) {
                let name = camelCase(key)
                let value = maps.contains(name) ? member : camelCase(member, &contradicted)
                if let other = named.updateValue(value, forKey: name), other != value { contradicted.insert(name) }
            }
            return .object(named)
        case .array(let items): return .array(items.map { camelCase($0, &contradicted) })
        default: return value
        }
    }

    /// `mime_type` becomes `mimeType`. A name that begins with an underscore is not a field's and stays.
    static func camelCase(_ name: String) -> String {
        guard name.contains("_"), !name.hasPrefix("_") else { return name }
        var result = ""
        var isUpper = false
        for character in name {
            if character == "_" {
                isUpper = true
            } else {
                result += isUpper ? character.uppercased() : String(character)
                isUpper = false
            }
        }
        return result
    }

    /// The first member of `value` that `kept` lacks; null and empty members are ignored.
    fileprivate static func missing(from kept: JSONValue?, of value: JSONValue, at path: String) -> String? {
        switch value {
        case .object(let members):
            for (key, member) in members.sorted(by: { $0.key < $1.key }) where !member.isNull {
                let place = path.isEmpty ? key : "\(path).\(key)"
                guard let found = kept?[key] else { return place }
                if maps.contains(key) { continue }
                if let missing = missing(from: found, of: member, at: place) { return missing }
            }
        case .array(let items):
            guard let others = kept?.array, others.count == items.count else { return nil }
            for (index, item) in items.enumerated() {
                if let missing = missing(from: others[index], of: item, at: "\(path)[\(index)]") { return missing }
            }
        default: break
        }
        return nil
    }
}

/// A 64-bit integer: written as text, read as text or number.
package struct ProtoInt64: Hashable, Sendable, Codable, ExpressibleByIntegerLiteral {
    /// `nil` if the text or number is not an integer.
    package var value: Int?

    /// - Parameter value: `nil` for an unreadable number.
    package init(_ value: Int?) { self.value = value }
    /// Creates a number from a literal.
    package init(integerLiteral value: Int) { self.value = value }

    /// Never throws: a number that nobody reads must not make a message unreadable.
    package init(from decoder: any Decoder) throws { value = ProtoNumber.integer(decoder) }

    /// Writes the digits as text.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        if let value { try container.encode(String(value)) } else { try container.encodeNil() }
    }
}

/// A 32-bit integer: written as a number, read as text or number.
package struct ProtoInt32: Hashable, Sendable, Codable, ExpressibleByIntegerLiteral {
    /// `nil` if the text or number is not an integer.
    package var value: Int?

    /// - Parameter value: `nil` for an unreadable number.
    package init(_ value: Int?) { self.value = value }
    /// Creates a number from a literal.
    package init(integerLiteral value: Int) { self.value = value }

    /// Never throws: a number that nobody reads must not make a message unreadable.
    package init(from decoder: any Decoder) throws { value = ProtoNumber.integer(decoder) }

    /// Writes a number.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

/// A floating-point number: written as a number, read as text or number.
package struct ProtoDouble: Hashable, Sendable, Codable, ExpressibleByFloatLiteral {
    /// `nil` if the text is not a number, or not a finite one.
    package var value: Double?

    /// - Parameter value: `nil` for an unreadable number.
    package init(_ value: Double?) { self.value = value }
    /// Creates a number from a literal.
    package init(floatLiteral value: Double) { self.value = value }

    /// Never throws: a number that nobody reads must not make a message unreadable.
    package init(from decoder: any Decoder) throws {
        let container = try? decoder.singleValueContainer()
        let number =
            (try? container?.decode(Double.self)) ?? (try? container?.decode(String.self)).flatMap { Double($0) }
        value = number.flatMap { $0.isFinite ? $0 : nil }
    }

    /// Writes a number.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

/// Reads integers.
private enum ProtoNumber {
    static func integer(_ decoder: any Decoder) -> Int? {
        guard let container = try? decoder.singleValueContainer() else { return nil }
        if let number = try? container.decode(Int.self) { return number }
        if let number = try? container.decode(Double.self) { return Int(exactly: number) }
        return (try? container.decode(String.self)).flatMap { Int($0) }
    }
}

/// Bytes in base64: written in the standard alphabet, read in the standard or the URL-safe one, with padding or
/// without.
package struct ProtoBytes: Hashable, Sendable, Codable {
    /// The text on the wire.
    package var text: String

    /// - Parameter text: base64 in either alphabet.
    package init(text: String) { self.text = text }
    /// Encodes bytes.
    package init(_ data: Data) { text = data.base64EncodedString() }

    /// Reads the text and does not decode it.
    package init(from decoder: any Decoder) throws { text = try decoder.singleValueContainer().decode(String.self) }

    /// Writes the text unchanged.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }

    /// The bytes; `nil` if the text is not base64.
    package var data: Data? {
        var standard = text.replacing("-", with: "+").replacing("_", with: "/")
        while standard.hasSuffix("=") { standard.removeLast() }
        standard += String(repeating: "=", count: (4 - standard.utf8.count % 4) % 4)
        return Data(base64Encoded: standard)
    }
}

/// A list of texts, read also from a single text.
package struct ProtoTexts: Hashable, Sendable, Codable, ExpressibleByArrayLiteral {
    /// In the order of the message.
    package var values: [String]

    /// - Parameter values: in the order of the message.
    package init(_ values: [String]) { self.values = values }
    /// Creates a list from a literal.
    package init(arrayLiteral elements: String...) { values = elements }

    /// Reads a list or one text.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) { values = [text] } else { values = try container.decode([String].self) }
    }

    /// Writes a list.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(values)
    }
}

/// A word of an enumeration that Google may extend at any time; unknown words are kept.
package protocol ProtoWord: Hashable, Sendable, Codable, RawRepresentable, ExpressibleByStringLiteral, CustomStringConvertible
where RawValue == String {
    /// Keeps the word verbatim.
    init(rawValue: String)
}

extension ProtoWord {
    /// Keeps the literal verbatim.
    package init(stringLiteral value: String) { self.init(rawValue: value) }
    /// Reads any word; a number, which the JSON form of protocol buffers permits, becomes its digits.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let number = try? container.decode(Int.self) {
            self.init(rawValue: String(number))
        } else {
            self.init(rawValue: try container.decode(String.self))
        }
    }
    /// Writes the word.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
    /// The word itself.
    package var description: String { rawValue }
}
