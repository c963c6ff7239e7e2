// Decodes `Decodable` values directly from `JSONValue`, for answers, records and example lists by the thousand.

import Foundation

/// A decoder with the results of `JSONDecoder` and its default strategies. Of the Foundation types that `JSONDecoder`
/// treats specially, only `URL` and `Data` are supported.
struct JSONValueDecoder: Decoder {
    fileprivate let place: JSONPlace
    var codingPath: [any CodingKey] { place.codingPath }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    fileprivate init(_ place: JSONPlace) { self.place = place }

    static func decode<T: Decodable>(_ type: T.Type, from value: JSONValue) throws -> T {
        try JSONPlace(value: value, path: nil).decode(type)
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        try place.keyed(by: type)
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer { try place.unkeyed() }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { Single(place: place) }
}

/// A value with its path in the document. The path is only formatted for errors.
private struct JSONPlace {
    /// One component of the path: a member or an item.
    final class Path {
        let key: any CodingKey
        let above: Path?

        init(_ key: any CodingKey, below above: Path?) {
            self.key = key
            self.above = above
        }
    }

    var value: JSONValue
    var path: Path?

    var codingPath: [any CodingKey] {
        var keys: [any CodingKey] = []
        var next = path
        while let step = next {
            keys.append(step.key)
            next = step.above
        }
        return keys.reversed()
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        // Compares the static type first: a dynamic cast is slow for thousands of values.
        if T.self == String.self, let text = try string() as? T { return text }
        if T.self == JSONValue.self, let value = value as? T { return value }
        if T.self == URL.self, let url = try url() as? T { return url }
        if T.self == Data.self, let data = try data() as? T { return data }
        return try T(from: JSONValueDecoder(self))
    }

    func keyed<Key: CodingKey>(by type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .object(let members) = value else { throw mismatch("an object") }
        return KeyedDecodingContainer(Keyed(members: members, path: path))
    }

    func unkeyed() throws -> Unkeyed {
        guard case .array(let items) = value else { throw mismatch("a list") }
        return Unkeyed(items: items, path: path)
    }

    func bool() throws -> Bool {
        guard case .bool(let value) = value else { throw mismatch("true or false") }
        return value
    }

    func string() throws -> String {
        guard case .string(let value) = value else { throw mismatch("a text") }
        return value
    }

    func double() throws -> Double {
        guard let value = value.double else { throw mismatch("a number") }
        return value
    }

    func float() throws -> Float { Float(try double()) }

    /// Decodes a whole number. A number that the parser kept as a double is accepted up to 2^53 only; a larger one
    /// may have been rounded.
    func integer<T: FixedWidthInteger>() throws -> T {
        switch value {
        case .int(let value): if let exact = T(exactly: value) { return exact }
        case .double(let value) where value.magnitude <= 9_007_199_254_740_992:  // 2^53
            if let exact = T(exactly: value) { return exact }
        default: break
        }
        throw mismatch("a whole number that fits \(T.self)")
    }

    private func url() throws -> URL {
        guard let url = URL(string: try string()) else { throw mismatch("an address") }
        return url
    }

    private func data() throws -> Data {
        guard let data = Data(base64Encoded: try string()) else { throw mismatch("bytes in base64") }
        return data
    }

    func mismatch(_ wanted: String) -> DecodingError {
        let context = DecodingError.Context(codingPath: codingPath, debugDescription: "\(wanted) is expected here")
        return value.isNull ? .valueNotFound(JSONValue.self, context) : .typeMismatch(JSONValue.self, context)
    }
}

/// A container for a single value.
private struct Single: SingleValueDecodingContainer {
    let place: JSONPlace
    var codingPath: [any CodingKey] { place.codingPath }

    func decodeNil() -> Bool { place.value.isNull }
    func decode(_ type: Bool.Type) throws -> Bool { try place.bool() }
    func decode(_ type: String.Type) throws -> String { try place.string() }
    func decode(_ type: Double.Type) throws -> Double { try place.double() }
    func decode(_ type: Float.Type) throws -> Float { try place.float() }
    func decode(_ type: Int.Type) throws -> Int { try place.integer() }
    func decode(_ type: Int8.Type) throws -> Int8 { try place.integer() }
    func decode(_ type: Int16.Type) throws -> Int16 { try place.integer() }
    func decode(_ type: Int32.Type) throws -> Int32 { try place.integer() }
    func decode(_ type: Int64.Type) throws -> Int64 { try place.integer() }
    func decode(_ type: UInt.Type) throws -> UInt { try place.integer() }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try place.integer() }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try place.integer() }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try place.integer() }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try place.integer() }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try place.decode(type) }
}

/// A container for the members of an object.
private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let members: [String: JSONValue]
    let path: JSONPlace.Path?
    var codingPath: [any CodingKey] { JSONPlace(value: .null, path: path).codingPath }
    var allKeys: [Key] { members.keys.compactMap { Key(stringValue: $0) } }

    private func value(_ key: any CodingKey) throws -> JSONPlace {
        guard let value = members[key.stringValue] else {
            throw DecodingError.keyNotFound(
                key, DecodingError.Context(codingPath: codingPath, debugDescription: "'\(key.stringValue)' is missing"))
        }
        return JSONPlace(value: value, path: JSONPlace.Path(key, below: path))
    }

    func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }
    func decodeNil(forKey key: Key) throws -> Bool { try value(key).value.isNull }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try value(key).bool() }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try value(key).string() }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try value(key).double() }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try value(key).float() }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try value(key).integer() }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try value(key).integer() }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try value(key).integer() }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try value(key).integer() }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try value(key).integer() }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try value(key).integer() }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try value(key).integer() }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try value(key).integer() }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try value(key).integer() }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try value(key).integer() }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try value(key).decode(type) }

    func nestedContainer<Inner: CodingKey>(
        keyedBy type: Inner.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<Inner> {
        try value(key).keyed(by: type)
    }
    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { try value(key).unkeyed() }
    func superDecoder(forKey key: Key) throws -> any Decoder { JSONValueDecoder(try value(key)) }
    func superDecoder() throws -> any Decoder { JSONValueDecoder(try value(SuperKey.super)) }
}

private enum SuperKey: CodingKey { case `super` }

private struct ItemKey: CodingKey {
    let index: Int
    var stringValue: String { "Index \(index)" }
    var intValue: Int? { index }

    init(_ index: Int) { self.index = index }
    init?(stringValue: String) { nil }
    init?(intValue: Int) { index = intValue }
}

/// A container for the items of an array.
private struct Unkeyed: UnkeyedDecodingContainer {
    let items: [JSONValue]
    let path: JSONPlace.Path?
    var currentIndex = 0
    var codingPath: [any CodingKey] { JSONPlace(value: .null, path: path).codingPath }
    var count: Int? { items.count }
    var isAtEnd: Bool { currentIndex == items.count }

    init(items: [JSONValue], path: JSONPlace.Path?) {
        self.items = items
        self.path = path
    }

    /// Passes the next item to `body`; the position advances only when `body` succeeds.
    private mutating func next<T>(_ body: (JSONPlace) throws -> T) throws -> T {
        let key = ItemKey(currentIndex)
        guard !isAtEnd else {
            throw DecodingError.valueNotFound(
                T.self, DecodingError.Context(codingPath: codingPath + [key], debugDescription: "the list ends here"))
        }
        let value = try body(JSONPlace(value: items[currentIndex], path: JSONPlace.Path(key, below: path)))
        currentIndex += 1
        return value
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd, items[currentIndex].isNull else { return false }
        currentIndex += 1
        return true
    }
    mutating func decode(_ type: Bool.Type) throws -> Bool { try next { try $0.bool() } }
    mutating func decode(_ type: String.Type) throws -> String { try next { try $0.string() } }
    mutating func decode(_ type: Double.Type) throws -> Double { try next { try $0.double() } }
    mutating func decode(_ type: Float.Type) throws -> Float { try next { try $0.float() } }
    mutating func decode(_ type: Int.Type) throws -> Int { try next { try $0.integer() } }
    mutating func decode(_ type: Int8.Type) throws -> Int8 { try next { try $0.integer() } }
    mutating func decode(_ type: Int16.Type) throws -> Int16 { try next { try $0.integer() } }
    mutating func decode(_ type: Int32.Type) throws -> Int32 { try next { try $0.integer() } }
    mutating func decode(_ type: Int64.Type) throws -> Int64 { try next { try $0.integer() } }
    mutating func decode(_ type: UInt.Type) throws -> UInt { try next { try $0.integer() } }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 { try next { try $0.integer() } }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 { try next { try $0.integer() } }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 { try next { try $0.integer() } }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 { try next { try $0.integer() } }
    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T { try next { try $0.decode(type) } }

    mutating func nestedContainer<Inner: CodingKey>(keyedBy type: Inner.Type) throws -> KeyedDecodingContainer<Inner> {
        try next { try $0.keyed(by: type) }
    }
    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try next { try $0.unkeyed() } }
    mutating func superDecoder() throws -> any Decoder { try next { JSONValueDecoder($0) } }
}
