// Encodes `Encodable` values directly into `JSONValue`; keys are computed from thousands of identities at once.

import Foundation

/// An encoder with the results of `JSONEncoder` and its default strategies, parsed into `JSONValue`. Of the
/// Foundation types that `JSONEncoder` treats specially, only `URL` and `Data` are supported.
struct JSONValueEncoder: Encoder {
    /// Collects the parts of a container until the value is complete.
    fileprivate final class Box {
        enum Content {
            case none
            case value(JSONValue)
            case array([JSONValue])
            case object([String: JSONValue])
        }

        /// Nested containers that are still being filled, with their indices.
        private var openItems: [(at: Int, box: Box)] = []
        private var openMembers: [(key: String, box: Box)] = []

        var content = Content.none
        /// Whether dictionary keys are marked with `JSONValue.nameMark`.
        let marksNames: Bool
        /// The type of the object's coding keys.
        var keys: ObjectIdentifier?

        init(marksNames: Bool) { self.marksNames = marksNames }

        private func name(_ key: any CodingKey) -> String {
            marksNames && keys == JSONValueEncoder.mapKeys ? String(JSONValue.nameMark) + key.stringValue : key.stringValue
        }

        /// The finished value; a type that encoded nothing becomes an empty object.
        var value: JSONValue {
            switch content {
            case .none: return .object([:])
            case .value(let value): return value
            case .array(var items):
                for (at, box) in openItems { items[at] = box.value }
                return .array(items)
            case .object(var members):
                for (key, box) in openMembers { members[key] = box.value }
                return .object(members)
            }
        }

        func put(_ value: JSONValue, for key: any CodingKey) {
            guard case .object(var members) = content else { return }
            content = .none
            members[name(key)] = value
            content = .object(members)
        }

        func add(_ value: JSONValue) {
            guard case .array(var items) = content else { return }
            content = .none
            items.append(value)
            content = .array(items)
        }

        /// Opens a nested container.
        func open(for key: any CodingKey) -> Box {
            let box = Box(marksNames: marksNames)
            openMembers.append((name(key), box))
            return box
        }

        func openItem() -> Box {
            let box = Box(marksNames: marksNames)
            if case .array(let items) = content { openItems.append((items.count, box)) }
            add(.null)
            return box
        }
    }

    fileprivate let box: Box
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    /// The coding key type that dictionaries use to encode their members.
    private static let mapKeys: ObjectIdentifier? = {
        let box = Box(marksNames: false)
        try? ["": 0].encode(to: JSONValueEncoder(box: box, codingPath: []))
        return box.keys
    }()

    /// - Parameters:
    ///   - path: the coding path of the value, for errors.
    ///   - marksNames: whether dictionary keys begin with `JSONValue.nameMark`.
    static func encode<Value: Encodable>(
        _ value: Value, path: [any CodingKey] = [], marksNames: Bool = false
    ) throws -> JSONValue {
        // Compares the static type first: a dynamic cast is slow for thousands of values.
        if Value.self == JSONValue.self, let value = value as? JSONValue { return marksNames ? value.withMarkedNames : value }
        if Value.self == URL.self, let value = value as? URL { return .string(value.absoluteString) }
        if Value.self == Data.self, let value = value as? Data { return .string(value.base64EncodedString()) }
        let box = Box(marksNames: marksNames)
        try value.encode(to: JSONValueEncoder(box: box, codingPath: path))
        return box.value
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .object = box.content {} else { box.content = .object([:]) }
        box.keys = ObjectIdentifier(type)
        return KeyedEncodingContainer(Keyed(box: box, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array = box.content {} else { box.content = .array([]) }
        return Unkeyed(box: box, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(box: box, codingPath: codingPath) }
}

extension JSONValue {
    /// The document with all member names marked: none of them is a property name.
    fileprivate var withMarkedNames: JSONValue {
        switch self {
        case .object(let members):
            let marked = members.map { (String(JSONValue.nameMark) + $0.key, $0.value.withMarkedNames) }
            return .object(Dictionary(marked, uniquingKeysWith: { first, _ in first }))
        case .array(let elements): return .array(elements.map(\.withMarkedNames))
        default: return self
        }
    }

    /// A number, stored as an integer when it is whole.
    /// - Throws: `EncodingError` when the number is not finite.
    fileprivate init(number value: Double, path: [any CodingKey]) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, EncodingError.Context(codingPath: path, debugDescription: "not a finite number"))
        }
        self = Int64(exactly: value).map { .int($0) } ?? .double(value)
    }

    /// The double with the same shortest decimal text as a float.
    fileprivate init(number value: Float, path: [any CodingKey]) throws {
        try self.init(number: Double("\(value)") ?? Double(value), path: path)
    }

    fileprivate init(_ value: some BinaryInteger) { self = Int64(exactly: value).map { .int($0) } ?? .double(Double(value)) }
}

/// A container for a single value.
private struct Single: SingleValueEncodingContainer {
    let box: JSONValueEncoder.Box
    let codingPath: [any CodingKey]

    private func put(_ value: JSONValue) { box.content = .value(value) }

    func encodeNil() { put(.null) }
    func encode(_ value: Bool) { put(.bool(value)) }
    func encode(_ value: String) { put(.string(value)) }
    func encode(_ value: Double) throws { put(try JSONValue(number: value, path: codingPath)) }
    func encode(_ value: Float) throws { put(try JSONValue(number: value, path: codingPath)) }
    func encode(_ value: Int) { put(JSONValue(value)) }
    func encode(_ value: Int8) { put(JSONValue(value)) }
    func encode(_ value: Int16) { put(JSONValue(value)) }
    func encode(_ value: Int32) { put(JSONValue(value)) }
    func encode(_ value: Int64) { put(JSONValue(value)) }
    func encode(_ value: UInt) { put(JSONValue(value)) }
    func encode(_ value: UInt8) { put(JSONValue(value)) }
    func encode(_ value: UInt16) { put(JSONValue(value)) }
    func encode(_ value: UInt32) { put(JSONValue(value)) }
    func encode(_ value: UInt64) { put(JSONValue(value)) }
    func encode(_ value: some Encodable) throws {
        put(try JSONValueEncoder.encode(value, path: codingPath, marksNames: box.marksNames))
    }
}

/// A container for the members of an object.
private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: JSONValueEncoder.Box
    let codingPath: [any CodingKey]

    private func put(_ value: JSONValue, _ key: Key) { box.put(value, for: key) }

    func encodeNil(forKey key: Key) { put(.null, key) }
    func encode(_ value: Bool, forKey key: Key) { put(.bool(value), key) }
    func encode(_ value: String, forKey key: Key) { put(.string(value), key) }
    func encode(_ value: Double, forKey key: Key) throws { put(try JSONValue(number: value, path: codingPath + [key]), key) }
    func encode(_ value: Float, forKey key: Key) throws { put(try JSONValue(number: value, path: codingPath + [key]), key) }
    func encode(_ value: Int, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: Int8, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: Int16, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: Int32, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: Int64, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: UInt, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: UInt8, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: UInt16, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: UInt32, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: UInt64, forKey key: Key) { put(JSONValue(value), key) }
    func encode(_ value: some Encodable, forKey key: Key) throws {
        put(try JSONValueEncoder.encode(value, path: codingPath + [key], marksNames: box.marksNames), key)
    }

    func nestedContainer<Inner: CodingKey>(
        keyedBy keyType: Inner.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Inner> {
        encoder(key).container(keyedBy: keyType)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(key).unkeyedContainer() }
    func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
    func superEncoder() -> any Encoder { encoder(SuperKey.super) }

    private func encoder(_ key: any CodingKey) -> JSONValueEncoder {
        JSONValueEncoder(box: box.open(for: key), codingPath: codingPath + [key])
    }
}

private enum SuperKey: CodingKey { case `super` }

/// A container for the items of an array.
private struct Unkeyed: UnkeyedEncodingContainer {
    let box: JSONValueEncoder.Box
    let codingPath: [any CodingKey]

    var count: Int { if case .array(let items) = box.content { items.count } else { 0 } }

    func encodeNil() { box.add(.null) }
    func encode(_ value: some Encodable) throws {
        box.add(try JSONValueEncoder.encode(value, path: codingPath, marksNames: box.marksNames))
    }

    func nestedContainer<Inner: CodingKey>(keyedBy keyType: Inner.Type) -> KeyedEncodingContainer<Inner> {
        superEncoder().container(keyedBy: keyType)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { superEncoder().unkeyedContainer() }
    func superEncoder() -> any Encoder {
        JSONValueEncoder(box: box.openItem(), codingPath: codingPath)
    }
}
