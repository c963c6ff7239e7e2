// Lenient decoding of known variations: empty ids, ISO times, numbers as strings, one object for a list.

import Basics
import Foundation

extension KeyedDecodingContainer {
    /// A required string; a number is converted to its digits.
    func text(_ key: Key) throws -> String {
        if let text = optionalText(key) { return text }
        return try decode(String.self, forKey: key)
    }

    /// A string, or `nil` if the key is missing, null or empty: just after a create call, the service sends `""` for
    /// ids.
    func optionalText(_ key: Key) -> String? {
        if let text = try? decode(String.self, forKey: key) { return text.isEmpty ? nil : text }
        if let number = try? decode(Int.self, forKey: key) { return String(number) }
        return nil
    }

    /// An id, or `nil` under the conditions of `optionalText`.
    func optionalID<ID: Decodable>(_ key: Key) -> ID? where ID: RawTextID {
        optionalName(key).map { ID($0) }
    }

    /// The id of another object, as text; some servers send the object with its `id` instead.
    func optionalName(_ key: Key) -> String? {
        if let text = optionalText(key) { return text }
        return (try? nestedContainer(keyedBy: AnyKey.self, forKey: key))?.optionalText(AnyKey("id"))
    }

    /// An integer, written as a number or as digits in a string.
    func optionalInt(_ key: Key) -> Int? {
        if let number = try? decode(Int.self, forKey: key) { return number }
        if let number = try? decode(Double.self, forKey: key) { return Int(exactly: number) }
        if let text = try? decode(String.self, forKey: key) { return Int(text) }
        return nil
    }

    /// A count, such as of tokens or bytes. Also `nil` for negative and implausibly large numbers, so that arithmetic
    /// on it cannot overflow.
    func optionalCount(_ key: Key) -> Int? {
        optionalInt(key).flatMap { (0...1_000_000_000_000).contains($0) ? $0 : nil }
    }

    /// A number, written as such or as text; `nil` otherwise.
    func optionalDouble(_ key: Key) -> Double? {
        if let number = try? decode(Double.self, forKey: key) { return number }
        if let text = try? decode(String.self, forKey: key) { return Double(text) }
        return nil
    }

    /// A Boolean; `nil` if missing or of another type.
    func optionalBool(_ key: Key) -> Bool? { try? decode(Bool.self, forKey: key) }

    /// A value that is `nil` if missing, null or malformed.
    func optional<Value: Decodable>(_ key: Key, as type: Value.Type = Value.self) -> Value? {
        try? decode(type, forKey: key)
    }

    /// A list. Missing, null and an empty string decode as an empty list, a single object as a list of one.
    func list<Value: Decodable>(_ key: Key, of type: Value.Type = Value.self) throws -> [Value] {
        guard contains(key), try !decodeNil(forKey: key) else { return [] }
        if let single = try? decode(Value.self, forKey: key) { return [single] }
        if let text = try? decode(String.self, forKey: key), text.isEmpty { return [] }
        return try decode([Value].self, forKey: key)
    }

    /// A map of strings; members with other values are skipped.
    func textMap(_ key: Key) -> [String: String]? {
        guard let nested = try? nestedContainer(keyedBy: AnyKey.self, forKey: key) else { return nil }
        var map: [String: String] = [:]
        for member in nested.allKeys {
            if let text = try? nested.decode(String.self, forKey: member) { map[member.stringValue] = text }
        }
        return map
    }
}

/// A coding key with any name, for objects with data as keys.
struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ text: String) { stringValue = text }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
