// Encodes values straight into JSONValue, without a text between: keys are made of thousands of identities at once.

import Foundation

/// Gives what `JSONEncoder` with its default strategies would write and `JSONValue` read back. Of Foundation's types
/// that have a form of their own there, `URL` and `Data` are known.
struct JSONValueEncoder: Encoder {
    /// Where a container's parts go before the whole is a value.
    fileprivate final class Box {
        enum Content {
            case none
            case value(JSONValue)
            case array([Box])
            case object([String: Box])
        }

        var content = Content.none

        init(_ content: Content = .none) { self.content = content }

        /// A value that encoded nothing is an empty object.
        var value: JSONValue {
            switch content {
            case .none: .object([:])
            case .value(let value): value
            case .array(let items): .array(items.map(\.value))
            case .object(let members): .object(members.mapValues(\.value))
            }
        }

        func member(_ key: any CodingKey) -> Box {
            let box = Box()
            guard case .object(var members) = content else { return box }
            content = .none
            members[key.stringValue] = box
            content = .object(members)
            return box
        }

        func item() -> Box {
            let box = Box()
            guard case .array(var items) = content else { return box }
            content = .none
            items.append(box)
            content = .array(items)
            return box
        }
    }

    fileprivate let box: Box
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func encode(_ value: some Encodable) throws -> JSONValue {
        let box = Box()
        try encode(value, into: box, path: [])
        return box.value
    }

    fileprivate static func encode(_ value: some Encodable, into box: Box, path: [any CodingKey]) throws {
        switch value {
        case let value as JSONValue: box.content = .value(value)
        case let value as URL: box.content = .value(.string(value.absoluteString))
        case let value as Data: box.content = .value(.string(value.base64EncodedString()))
        default: try value.encode(to: JSONValueEncoder(box: box, codingPath: path))
        }
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        if case .object = box.content {} else { box.content = .object([:]) }
        return KeyedEncodingContainer(Keyed(box: box, codingPath: codingPath))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        if case .array = box.content {} else { box.content = .array([]) }
        return Unkeyed(box: box, codingPath: codingPath)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(box: box, codingPath: codingPath) }
}

extension JSONValueEncoder.Box {
    func put(_ value: Double, path: [any CodingKey]) throws {
        guard value.isFinite else {
            throw EncodingError.invalidValue(
                value, EncodingError.Context(codingPath: path, debugDescription: "no finite number"))
        }
        // A whole number is one, however it was kept.
        content = .value(Int64(exactly: value).map { .int($0) } ?? .double(value))
    }

    func put(_ value: some BinaryInteger) {
        content = .value(Int64(exactly: value).map { .int($0) } ?? .double(Double(value)))
    }
}

/// One value by itself.
private struct Single: SingleValueEncodingContainer {
    let box: JSONValueEncoder.Box
    let codingPath: [any CodingKey]

    func encodeNil() { box.content = .value(.null) }
    func encode(_ value: Bool) { box.content = .value(.bool(value)) }
    func encode(_ value: String) { box.content = .value(.string(value)) }
    func encode(_ value: Double) throws { try box.put(value, path: codingPath) }
    // The shortest text of a float, as a double.
    func encode(_ value: Float) throws { try box.put(Double("\(value)") ?? Double(value), path: codingPath) }
    func encode(_ value: Int) { box.put(value) }
    func encode(_ value: Int8) { box.put(value) }
    func encode(_ value: Int16) { box.put(value) }
    func encode(_ value: Int32) { box.put(value) }
    func encode(_ value: Int64) { box.put(value) }
    func encode(_ value: UInt) { box.put(value) }
    func encode(_ value: UInt8) { box.put(value) }
    func encode(_ value: UInt16) { box.put(value) }
    func encode(_ value: UInt32) { box.put(value) }
    func encode(_ value: UInt64) { box.put(value) }
    func encode(_ value: some Encodable) throws { try JSONValueEncoder.encode(value, into: box, path: codingPath) }
}

/// The members of an object.
private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let box: JSONValueEncoder.Box
    let codingPath: [any CodingKey]

    private func single(_ key: Key) -> Single { Single(box: box.member(key), codingPath: codingPath + [key]) }

    func encodeNil(forKey key: Key) { single(key).encodeNil() }
    func encode(_ value: Bool, forKey key: Key) { single(key).encode(value) }
    func encode(_ value: String, forKey key: Key) { single(key).encode(value) }
    func encode(_ value: Double, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: Float, forKey key: Key) throws { try single(key).encode(value) }
    func encode(_ value: Int, forKey key: Key) { single(key).encode(value) }
    func encode(_ value: Int8, forKey key: Key) { single(key).encode(value) }
    func encode(_ value: Int16, forKey key: Key) { single(key).encode(value) }
    func encode(_ value: Int32, forKey key: Key) { single(key).encode(value) }
    func encode(_ value: Int64, forKey key: Key) { single(key).encode(value) }
    func encode(_ value: UInt, forKey key: Key) { single(key).encode(value) }
    func encode(_ value: UInt8, forKey key: Key) { single(key).encode(value) }
    func encode(_ value: UInt16, forKey key: Key) { single(key).encode(value) }
    func encode(_ value: UInt32, forKey key: Key) { single(key).encode(value) }
    func encode(_ value: UInt64, forKey key: Key) { single(key).encode(value) }
    func encode(_ value: some Encodable, forKey key: Key) throws { try single(key).encode(value) }

    func nestedContainer<Inner: CodingKey>(
        keyedBy keyType: Inner.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Inner> {
        encoder(key).container(keyedBy: keyType)
    }
    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { encoder(key).unkeyedContainer() }
    func superEncoder(forKey key: Key) -> any Encoder { encoder(key) }
    func superEncoder() -> any Encoder {
        JSONValueEncoder(box: box.member(SuperKey.super), codingPath: codingPath + [SuperKey.super])
    }

    private func encoder(_ key: Key) -> JSONValueEncoder {
        JSONValueEncoder(box: box.member(key), codingPath: codingPath + [key])
    }
}

private enum SuperKey: CodingKey { case `super` }

/// The items of a list.
private struct Unkeyed: UnkeyedEncodingContainer {
    let box: JSONValueEncoder.Box
    let codingPath: [any CodingKey]

    var count: Int { if case .array(let items) = box.content { items.count } else { 0 } }

    private func single() -> Single { Single(box: box.item(), codingPath: codingPath) }

    func encodeNil() { single().encodeNil() }
    func encode(_ value: some Encodable) throws { try single().encode(value) }

    func nestedContainer<Inner: CodingKey>(keyedBy keyType: Inner.Type) -> KeyedEncodingContainer<Inner> {
        superEncoder().container(keyedBy: keyType)
    }
    func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { superEncoder().unkeyedContainer() }
    func superEncoder() -> any Encoder { JSONValueEncoder(box: box.item(), codingPath: codingPath) }
}
