// Lenient proto3 JSON: converts input that Google's servers accept to the form of their responses.

import Basics
import EmulatorCore
import Foundation

/// The type of a field.
indirect enum ProtoType: Sendable {
    case string
    case bool
    case int32
    case int64
    case double
    case bytes
    /// Any JSON, such as a JSON schema.
    case any
    case enumeration([String])
    case message(String)
    case list(ProtoType)
    /// A map with text keys.
    case map(ProtoType)
}

/// Normalizes JSON by the message tables of `ProtoMessages`.
enum ProtoJSON {
    private static let deepest = 64

    /// The value with camelCase names, 64-bit integers as texts, standard Base64, and without null members.
    /// Throws 400 for an unknown name or a value of the wrong type, as Google's servers do.
    /// - Parameter path: where the value is, in proto names; empty for a whole body.
    static func normalized(
        _ value: JSONValue, as message: String, at path: String = "", depth: Int = 0
    ) throws(GoogleError) -> JSONValue {
        guard let members = value.object else { throw wrong(value, "message", path) }
        guard depth < deepest else { throw .invalid("Invalid JSON payload received. Message too deep.") }
        let fields = ProtoMessages.tables[message] ?? [:]
        var normalized: [String: JSONValue] = [:]
        for (key, member) in members.sorted(by: { $0.key < $1.key }) {
            let name = fields[key] != nil ? key : camel(key)
            guard let type = fields[name] else {
                let place = path.isEmpty ? "" : " at '\(path)'"
                throw .invalid("Invalid JSON payload received. Unknown name \"\(key)\"\(place): Cannot find field.")
            }
            if member == .null { continue }
            let place = (path.isEmpty ? "" : path + ".") + snake(name)
            normalized[name] = try convert(member, type, place, depth + 1)
        }
        return .object(normalized)
    }

    private static func convert(
        _ value: JSONValue, _ type: ProtoType, _ path: String, _ depth: Int
    ) throws(GoogleError) -> JSONValue {
        switch type {
        case .any: return value
        case .string:
            guard value.string != nil else { throw wrong(value, "TYPE_STRING", path) }
            return value
        case .bool:
            if let text = value.string, ["true", "false"].contains(text) { return .bool(text == "true") }
            guard value.bool != nil else { throw wrong(value, "TYPE_BOOL", path) }
            return value
        case .int32:
            guard let number = value.int ?? value.string.flatMap({ Int($0) }), let small = Int32(exactly: number) else {
                throw wrong(value, "TYPE_INT32", path)
            }
            return .int(Int64(small))
        case .int64:
            guard let number = value.int ?? value.string.flatMap({ Int($0) }) else {
                throw wrong(value, "TYPE_INT64", path)
            }
            return .string(String(number))
        case .double:
            guard let number = value.double ?? value.string.flatMap({ Double($0) }), number.isFinite else {
                throw wrong(value, "TYPE_DOUBLE", path)
            }
            return value.string == nil ? value : .double(number)
        case .bytes:
            guard let text = value.string, let standard = standardBase64(text) else {
                throw .invalid("Invalid value at '\(path)' (TYPE_BYTES), Base64 decoding failed for \"\(value.preview)\"")
            }
            return .string(standard)
        case .enumeration(let names):
            guard let name = value.string, names.contains(name) else {
                throw wrong(value, "TYPE_ENUM", path)
            }
            return value
        case .message(let name): return try normalized(value, as: name, at: path, depth: depth)
        case .list(let element):
            // A single value is treated as a list of one, as in `uris` in the service's own samples.
            var items: [JSONValue] = []
            for (index, item) in (value.array ?? [value]).enumerated() {
                items.append(try convert(item, element, "\(path)[\(index)]", depth))
            }
            return .array(items)
        case .map(let element):
            guard let members = value.object else { throw wrong(value, "map", path) }
            var converted: [String: JSONValue] = [:]
            for (key, member) in members { converted[key] = try convert(member, element, "\(path)[\(key)]", depth) }
            return .object(converted)
        }
    }

    private static func wrong(_ value: JSONValue, _ type: String, _ path: String) -> GoogleError {
        .invalid("Invalid value at '\(path)' (\(type)), \(value.preview)")
    }

    /// `file_uri` as `fileUri`.
    static func camel(_ name: String) -> String {
        let parts = name.split(separator: "_", omittingEmptySubsequences: false)
        return String(parts[0]) + parts.dropFirst().map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// `fileUri` as `file_uri`.
    static func snake(_ name: String) -> String {
        name.reduce(into: "") { text, character in
            if character.isUppercase { text += "_" }
            text += character.lowercased()
        }
    }

    /// Standard Base64 with padding, from either alphabet, with or without padding. `nil` if it does not decode.
    static func standardBase64(_ text: String) -> String? {
        var bytes = Array(text.utf8)
        while bytes.last == UInt8(ascii: "=") { bytes.removeLast() }
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case UInt8(ascii: "-"): bytes[index] = UInt8(ascii: "+")
            case UInt8(ascii: "_"): bytes[index] = UInt8(ascii: "/")
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
                break
            default: return nil
            }
        }
        guard bytes.count % 4 != 1 else { return nil }
        bytes += [UInt8](repeating: UInt8(ascii: "="), count: (4 - bytes.count % 4) % 4)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONValue {
    /// The beginning of the value's text, for messages.
    fileprivate var preview: String { String(canonical.prefix(80)) }
}
