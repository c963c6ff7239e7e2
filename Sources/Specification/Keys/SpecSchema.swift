// The JSON Schema of the spec, made from the key tables.

package import Basics

/// JSON Schemas (draft 2020-12) for editors and for checking without this program.
package enum SpecSchema {
    /// Of a spec.
    package static var experiment: JSONValue {
        schema(of: ExperimentSpec.table.description, title: "Assay experiment")
    }

    /// Of a price table.
    package static var prices: JSONValue { schema(of: PriceTable.table.description, title: "Assay price table") }

    private static func schema(of root: EntityDescription, title: String) -> JSONValue {
        var definitions: [String: JSONValue] = [
            "environment-variable": [
                "type": "string", "pattern": "^\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}$",
                "description": "The value of an environment variable: ${NAME} or ${NAME:-default}.",
            ]
        ]
        for entity in root.reachable where entity.id != root.id { definitions[entity.id] = definition(of: entity) }
        guard case .object(var schema) = definition(of: root) else { return .null }
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = .string(title)
        schema["$defs"] = .object(definitions)
        return .object(schema)
    }

    private static func definition(of entity: EntityDescription) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for key in entity.keys { properties[key.name] = property(key) }
        let required = entity.keys.filter(\.isRequired).map { JSONValue.string($0.name) }
        var whole: [String: JSONValue] = [:]
        if !required.isEmpty { whole["required"] = .array(required) }
        let rules = entity.rules.map(constraint)
        if !rules.isEmpty { whole["allOf"] = .array(rules) }

        var schema: [String: JSONValue] = [
            "type": "object", "title": .string(entity.id), "description": .string(entity.summary),
        ]
        if let example = entity.example {
            schema["markdownDescription"] = .string(entity.summary + "\n\n```yaml\n" + example + "\n```")
        }
        let isPartial = entity.keys.contains { $0.name == "extends" }
        guard isPartial else {
            schema["properties"] = .object(properties)
            schema["additionalProperties"] = false
            return .object(schema.merging(whole) { own, _ in own })
        }
        // What extends another may leave out what that one has, at any depth: then only its own keys are checked.
        let names = properties.mapValues { _ in JSONValue.bool(true) }
        whole["properties"] = .object(properties)
        whole["additionalProperties"] = false
        schema["if"] = ["required": ["extends"]]
        schema["then"] = ["properties": .object(names), "additionalProperties": false]
        schema["else"] = .object(whole)
        return .object(schema)
    }

    private static func property(_ key: KeyDescription) -> JSONValue {
        var schema = key.schema.object ?? [:]
        schema["description"] = .string(key.text)
        if let value = key.defaultValue, !value.isNull { schema["default"] = value }
        if !key.examples.isEmpty { schema["examples"] = .array(key.examples) }
        return .object(schema)
    }

    private static func constraint(_ rule: KeyRule) -> JSONValue {
        func each(_ keys: [String]) -> [JSONValue] { keys.map { ["required": [.string($0)]] } }
        switch rule {
        case .needs(let key, let others):
            return ["if": ["required": [.string(key)]], "then": ["anyOf": .array(each(others))]]
        case .exactlyOne(let keys): return ["oneOf": .array(each(keys))]
        case .atMostOne(let keys):
            let pairs = keys.indices.flatMap { first in
                keys.indices.filter { $0 > first }.map { JSONValue.array([.string(keys[first]), .string(keys[$0])]) }
            }
            return ["not": ["anyOf": .array(pairs.map { ["required": $0] })]]
        }
    }
}

extension EntityDescription {
    /// This entity and all that it is made of, in the order in which a reader meets them.
    var reachable: [EntityDescription] {
        var found: [EntityDescription] = []
        var known: Set<String> = []
        func visit(_ entity: EntityDescription) {
            guard known.insert(entity.id).inserted else { return }
            found.append(entity)
            for key in entity.keys { key.entities().forEach(visit) }
        }
        visit(self)
        return found
    }
}
