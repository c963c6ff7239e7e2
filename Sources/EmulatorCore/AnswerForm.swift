// The answer format that a request asks for.

import AzureWire
import Basics
import Foundation

/// How a label is rendered as the text of an answer.
enum AnswerForm: Hashable, Sendable {
    case text
    /// An object with one string property; `allowed` are the schema's `enum` values.
    case json(property: String, allowed: [String]?)
    /// An object with one property of another type, which the emulator's model cannot fill.
    case value(property: String, schema: JSONValue)

    /// Parses a `response_format` as strictly as the service does: a strict schema is an object that requires all its
    /// properties and allows no others. The emulator itself can fill one property of type string.
    init(_ format: ResponseFormat?) throws(ServiceError) {
        switch format {
        case nil, .text: self = .text
        case .jsonObject: self = .json(property: "label", allowed: nil)
        case .jsonSchema(let format): self = try Self.property(of: format)
        }
    }

    private static func property(of format: JSONSchemaFormat) throws(ServiceError) -> AnswerForm {
        func refusal(_ message: String, _ part: String = "schema") -> ServiceError {
            ServiceError(
                400, "invalid_request_error",
                "Invalid \(part) for response_format '\(format.name)': \(message)", parameter: "response_format")
        }
        let nameIsFine =
            (1...64).contains(format.name.utf8.count)
            && format.name.utf8.allSatisfy { Character(Unicode.Scalar($0)).isASCIILetterDigitOr("_-") }
        guard nameIsFine else {
            throw refusal("it must match '^[a-zA-Z0-9_-]{1,64}$'.", "name")
        }
        guard let schema = format.schema, schema["type"]?.string == "object",
            let properties = schema["properties"]?.object
        else { throw refusal("schema must be a JSON Schema of 'type: \"object\"'.") }
        if format.strict == true {
            guard schema["additionalProperties"]?.bool == false else {
                throw refusal("In context=(), 'additionalProperties' is required to be supplied and to be false.")
            }
            let required = Set((schema["required"]?.array ?? []).compactMap(\.string))
            if let missing = properties.keys.sorted().first(where: { !required.contains($0) }) {
                throw refusal(
                    "In context=(), 'required' is required to be supplied and to be an array including every key "
                        + "in properties. Missing '\(missing)'.")
            }
        }
        guard properties.count == 1, let property = properties.first else {
            throw refusal("the emulator fills schemas with one property.")
        }
        let definitions = schema["$defs"] ?? schema["definitions"]
        guard let value = text(property.value, definitions: definitions) else {
            guard let plain = resolved(property.value, definitions: definitions) else {
                throw refusal("it refers to a definition that is missing, or to itself.")
            }
            return .value(property: property.key, schema: plain)
        }
        return .json(property: property.key, allowed: value["enum"]?.array?.compactMap(\.string))
    }

    /// A schema with its reference to a definition replaced; `nil` for a definition that is missing or refers to itself.
    private static func resolved(_ schema: JSONValue, definitions: JSONValue?) -> JSONValue? {
        var schema = schema
        for _ in 0..<8 {
            guard let reference = schema["$ref"]?.string, let name = reference.split(separator: "/").last else { return schema }
            guard let definition = definitions?[String(name)] else { return nil }
            schema = definition
        }
        return nil
    }

    /// The schema of a text: as it is, by reference to a definition, or as one of several forms such as text or null.
    /// `nil` for anything else.
    private static func text(_ schema: JSONValue, definitions: JSONValue?, depth: Int = 0) -> JSONValue? {
        // Definitions may be recursive.
        guard depth < 8 else { return nil }
        if let reference = schema["$ref"]?.string, let name = reference.split(separator: "/").last {
            guard let definition = definitions?[String(name)] else { return nil }
            return text(definition, definitions: definitions, depth: depth + 1)
        }
        if let forms = schema["anyOf"]?.array {
            return forms.lazy.compactMap { text($0, definitions: definitions, depth: depth + 1) }.first
        }
        if let constant = schema["const"], constant.string != nil { return ["type": "string", "enum": [constant]] }
        guard schema["type"]?.string == "string" || schema["type"]?.array?.contains("string") == true else { return nil }
        return schema
    }

    /// The answer's text for a label.
    func text(_ label: String) -> String {
        switch self {
        case .text: label
        case .json(let property, _): JSONValue.object([property: .string(label)]).canonical
        case .value(let property, _): JSONValue.object([property: .string(label)]).canonical
        }
    }
}

extension AnswerForm {
    /// Whether no label is a valid answer in this format.
    var isBeyondModel: Bool { if case .value = self { true } else { false } }
}

extension Character {
    /// Whether the scalar is an ASCII letter or digit, or one of the given characters.
    func isASCIILetterDigitOr(_ others: String) -> Bool {
        isASCII && (isLetter || isNumber) || others.contains(self)
    }
}
