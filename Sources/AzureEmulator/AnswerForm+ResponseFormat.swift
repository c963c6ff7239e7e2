// The answer form of a chat request's `response_format`.

import AzureWire
import Basics
import EmulatorCore
import Foundation

extension AnswerForm {
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
        guard let form = AnswerForm(property: property.key, schema: property.value, definitions: definitions) else {
            throw refusal("it refers to a definition that is missing, or to itself.")
        }
        return form
    }
}
