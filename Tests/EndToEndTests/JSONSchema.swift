// A validator for the part of JSON Schema 2020-12 that schemas/output uses.

import Foundation

/// Checks a document against a schema, and that the schema documents every member: one that `properties` does not list is an
/// error, unless the schema describes other members with `additionalProperties`.
struct JSONSchema {
    private let schema: [String: Any]

    init(at path: String) throws { try self.init(Data(contentsOf: URL(fileURLWithPath: path))) }

    init(_ data: Data) throws {
        schema = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
    }

    /// The errors of a document, each with its position; empty for a valid one.
    func problems(of text: String) -> [String] {
        guard let value = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed) else {
            return ["not JSON: \(text.prefix(200))"]
        }
        return JSONSchema.problems(value, schema, "$")
    }

    private static let keywords: Set<String> = [
        "$schema", "title", "description", "type", "required", "properties", "additionalProperties", "items", "enum",
        "const", "anyOf", "oneOf", "allOf",
    ]

    /// - Parameter known: members that another branch of the same `allOf` documents.
    private static func problems(
        _ value: Any, _ schema: [String: Any], _ place: String, known: Set<String> = []
    ) -> [String] {
        var found = schema.keys.filter { !keywords.contains($0) }.map { "\(place): the validator does not know '\($0)'" }
        if let types = schema["type"] as? [String] ?? (schema["type"] as? String).map({ [$0] }),
            !types.contains(where: { isOfType(value, $0) })
        {
            found.append("\(place): not \(types.joined(separator: " or "))")
        }
        if let allowed = schema["enum"] as? [String], !allowed.contains(value as? String ?? "\u{0}") {
            found.append("\(place): '\(value)' is none of \(allowed)")
        }
        if let wanted = schema["const"] as? String, wanted != value as? String { found.append("\(place): not '\(wanted)'") }
        if let object = value as? [String: Any] {
            for name in schema["required"] as? [String] ?? [] where object[name] == nil {
                found.append("\(place): '\(name)' is missing")
            }
            let properties = schema["properties"] as? [String: [String: Any]]
            for (name, member) in object {
                if let own = properties?[name] ?? schema["additionalProperties"] as? [String: Any] {
                    found += problems(member, own, "\(place).\(name)")
                } else if properties != nil, !known.contains(name) {
                    found.append("\(place): '\(name)' is not documented")
                }
            }
        }
        if let elements = value as? [Any], let items = schema["items"] as? [String: Any] {
            for (index, element) in elements.enumerated() { found += problems(element, items, "\(place)[\(index)]") }
        }
        let all = schema["allOf"] as? [[String: Any]] ?? []
        let documented = known.union(all.flatMap { ($0["properties"] as? [String: Any] ?? [:]).keys })
        for branch in all { found += problems(value, branch, place, known: documented) }
        if let any = schema["anyOf"] as? [[String: Any]], !any.contains(where: { problems(value, $0, place).isEmpty }) {
            found.append("\(place): fits none of anyOf")
        }
        if let one = schema["oneOf"] as? [[String: Any]] {
            let fitting = one.count { problems(value, $0, place).isEmpty }
            if fitting != 1 { found.append("\(place): fits \(fitting) of oneOf: \(value)") }
        }
        return found
    }

    /// Foundation does not keep booleans and the numbers 0 and 1 apart, so these pass for each other.
    private static func isOfType(_ value: Any, _ type: String) -> Bool {
        switch type {
        case "object": value is [String: Any]
        case "array": value is [Any]
        case "string": value is String
        case "boolean": value as? Bool != nil
        case "number": value as? Double != nil
        case "integer": (value as? Double).map { $0 == $0.rounded() } ?? false
        case "null": value is NSNull
        default: false
        }
    }
}
