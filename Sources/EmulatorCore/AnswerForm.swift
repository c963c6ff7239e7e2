// The answer format that a request asks for.

package import Basics
import Foundation

/// The format in which a label becomes the text of an answer.
package enum AnswerForm: Hashable, Sendable {
    /// The label itself.
    case text
    /// An object with one string property; `allowed` are the schema's `enum` values.
    case json(property: String, allowed: [String]?)
    /// An object with one property of another type, which the emulator's model cannot fill.
    case value(property: String, schema: JSONValue)

    /// The form of an answer that is an object with one property: a text, or another value that the emulated network
    /// cannot fill. `nil` if the schema refers to a definition that is missing, or to itself.
    /// - Parameter definitions: the schemas that references name.
    package init?(property: String, schema: JSONValue, definitions: JSONValue?) {
        if let value = Self.text(schema, definitions: definitions) {
            self = .json(property: property, allowed: value["enum"]?.array?.compactMap(\.string))
        } else if let plain = Self.resolved(schema, definitions: definitions) {
            self = .value(property: property, schema: plain)
        } else {
            return nil
        }
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

    /// The schema of a text: direct, by reference to a definition, or as one of several forms such as text or null.
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
    package func text(_ label: String) -> String {
        switch self {
        case .text: label
        case .json(let property, _): JSONValue.object([property: .string(label)]).canonical
        case .value(let property, _): JSONValue.object([property: .string(label)]).canonical
        }
    }
}

extension AnswerForm {
    /// Whether no label is a valid answer in this format.
    package var isStructured: Bool { if case .value = self { true } else { false } }
}

extension Character {
    /// Whether the scalar is an ASCII letter or digit, or one of the given characters.
    package func isASCIILetterDigitOr(_ others: String) -> Bool {
        isASCII && (isLetter || isNumber) || others.contains(self)
    }
}
