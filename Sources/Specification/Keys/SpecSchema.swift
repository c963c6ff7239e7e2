// The JSON Schema of the spec, generated from the key tables.

package import Basics
package import TaskKit

/// JSON Schemas (draft 2020-12) for editors and for validation by other tools.
package enum SpecSchema {
    /// The schema of a spec with these kinds of providers and the emulator.
    package static func experiment(with providers: [ProviderKeys] = []) -> JSONValue {
        schema(of: ExperimentSpec.table.description, title: "Assay experiment", Vocabulary(providers))
    }

    /// The schema of a spec with the tasks of a registry and their options.
    package static func experiment(with providers: [ProviderKeys], _ tasks: TaskRegistry) -> JSONValue {
        let base = experiment(with: providers)
        // A spec that extends another one has a separate definition, with the same key.
        guard let anyTask = base["else"]?["properties"]?["task"] ?? base["properties"]?["task"], case .object(var task) = anyTask
        else { return base }
        task["type"] = nil
        let words: JSONValue = [
            "enum": .array(
                tasks.kinds.filter { kind in !kind.options.contains(where: \.isRequired) }
                    .map { .string($0.name) })
        ]
        let maps = tasks.kinds.map { kind -> JSONValue in
            var options: [String: JSONValue] = [
                "type": ["object", "null"],
                "properties": .object(
                    Dictionary(
                        uniqueKeysWithValues: kind.options.map { option in
                            (
                                option.name,
                                .object((option.schema.object ?? [:]).merging(["description": .string(option.summary)]) { $1 })
                            )
                        })), "additionalProperties": false,
            ]
            let required = kind.options.filter(\.isRequired).map { JSONValue.string($0.name) }
            if !required.isEmpty { options["required"] = .array(required) }
            return [
                "type": "object", "description": .string(kind.summary), "properties": [kind.name: .object(options)],
                "required": [.string(kind.name)], "additionalProperties": false,
            ]
        }
        task["anyOf"] = .array([words, ["$ref": "#/$defs/environment-variable"]] + maps)
        guard case .object(var schema) = base.replacing(anyTask, with: .object(task)),
            case .object(var definitions)? = schema["$defs"]
        else { return base }
        guard case .object(var columns)? = definitions["columns"],
            case .object(var roles)? = columns["properties"]
        else { return .object(schema) }
        for column in tasks.kinds.flatMap({ $0.columns }) where roles[column.role] == nil {
            roles[column.role] = ["type": "string", "description": .string("The column with the \(column.meaning).")]
        }
        columns["properties"] = .object(roles)
        definitions["columns"] = .object(columns)
        schema["$defs"] = .object(definitions)
        return .object(schema)
    }

    /// The schema of a price table.
    package static var prices: JSONValue { schema(of: PriceTable.table.description, title: "Assay price table", .none) }

    private static func schema(of root: EntityDescription, title: String, _ vocabulary: Vocabulary) -> JSONValue {
        var definitions: [String: JSONValue] = [
            "environment-variable": [
                "type": "string", "pattern": "^\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-[^}]*)?\\}$",
                "description": "The value of an environment variable: ${NAME} or ${NAME:-default}.",
            ]
        ]
        let entities = root.reachable(vocabulary)
        for entity in entities where entity.id != root.id { definitions[entity.id] = definition(of: entity) }
        // An entity that extends another may omit, at any depth, keys that the other has.
        let byPart = Dictionary(entities.map { ($0.id + partSuffix, $0) }, uniquingKeysWith: { first, _ in first })
        var open = entities.filter(\.isExtending).map { $0.id + partSuffix }
        if entities.contains(where: { $0.id == EmulatorSpec.kind }) {
            definitions[providerID] = provider(vocabulary)
            definitions[providerID + partSuffix] = ["anyOf": .array(partialProviders(vocabulary))]
        }
        while let id = open.popLast() {
            guard definitions[id] == nil, let entity = byPart[id] else { continue }
            let made = part(of: entity)
            definitions[id] = made
            open += made.references
        }
        guard case .object(var schema) = definition(of: root) else { return .null }
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = .string(title)
        schema["$defs"] = .object(definitions)
        return .object(schema)
    }

    // MARK: Providers

    private static let providerID = "provider"

    /// A provider, whose keys depend on its kind. One that extends another may inherit the kind.
    private static func provider(_ vocabulary: Vocabulary) -> JSONValue {
        let inherited: JSONValue = [
            "if": ["required": ["extends"], "not": ["required": ["kind"]]],
            "then": ["anyOf": .array(partialProviders(vocabulary))],
            "else": [
                "type": "object", "required": ["kind"],
                "properties": ["kind": ["enum": .array(vocabulary.kinds.map { .string($0) })]],
            ],
        ]
        return vocabulary.kinds.reversed().reduce(inherited) { others, kind in
            [
                "if": ["required": ["kind"], "properties": ["kind": ["const": .string(kind)]]],
                "then": ["$ref": .string("#/$defs/\(kind)")], "else": others,
            ]
        }
    }

    private static func partialProviders(_ vocabulary: Vocabulary) -> [JSONValue] {
        vocabulary.kinds.map { ["$ref": .string("#/$defs/\($0)\(partSuffix)")] }
    }

    private static func definition(of entity: EntityDescription) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for key in entity.keys { properties[key.name] = property(key, key.schema) }
        let required = entity.keys.filter(\.isRequired).map { JSONValue.string($0.name) }
        var whole: [String: JSONValue] = ["properties": .object(properties), "additionalProperties": false]
        if !required.isEmpty { whole["required"] = .array(required) }
        let rules = entity.rules.map(constraint)
        if !rules.isEmpty { whole["allOf"] = .array(rules) }

        var schema: [String: JSONValue] = [
            "type": "object", "title": .string(entity.id), "description": .string(entity.summary),
        ]
        if let example = entity.example {
            schema["markdownDescription"] = .string(entity.summary + "\n\n```yaml\n" + example + "\n```")
        }
        guard entity.isExtending else { return .object(schema.merging(whole) { own, _ in own }) }
        schema["if"] = ["required": ["extends"]]
        schema["then"] = ["$ref": .string("#/$defs/\(entity.id)\(partSuffix)")]
        schema["else"] = .object(whole)
        return .object(schema)
    }

    // MARK: Parts

    private static let partSuffix = "-part"

    /// An entity that is merged over another: all of its keys are optional, at any depth.
    private static func part(of entity: EntityDescription) -> JSONValue {
        var properties: [String: JSONValue] = [:]
        for key in entity.keys { properties[key.name] = property(key, part(of: key.schema)) }
        let rules = entity.rules.compactMap { rule -> JSONValue? in
            switch rule {
            case .exactlyOne(let keys), .atMostOne(let keys): constraint(.atMostOne(keys))
            case .needs, .atLeastOne: nil
            }
        }
        var schema: [String: JSONValue] = [
            "type": "object", "title": .string(entity.id), "description": .string(entity.summary),
            "properties": .object(properties), "additionalProperties": false,
        ]
        if !rules.isEmpty { schema["allOf"] = .array(rules) }
        return .object(schema)
    }

    /// The schema of a value that is merged over another. Lists and scalars replace, so their schemas are unchanged.
    private static func part(of schema: JSONValue) -> JSONValue {
        guard case .object(var members) = schema else { return schema }
        // The keys that identify the entity may be inherited from the extended one.
        if members["if"] != nil { return ["anyOf": .array(alternatives(schema).map { part(of: $0) })] }
        if let reference = members["$ref"]?.string, reference != "#/$defs/environment-variable" {
            return ["$ref": .string(reference + partSuffix)]
        }
        if let choices = members["anyOf"]?.array { members["anyOf"] = .array(choices.map { part(of: $0) }) }
        if case .object(let properties)? = members["properties"] {
            members["properties"] = .object(properties.mapValues { part(of: $0) })
        }
        if let others = members["additionalProperties"], others.object != nil {
            members["additionalProperties"] = part(of: others)
        }
        return .object(members)
    }

    /// The alternatives of an `if` schema.
    private static func alternatives(_ schema: JSONValue) -> [JSONValue] {
        guard schema["if"] != nil, let then = schema["then"], let otherwise = schema["else"] else { return [schema] }
        return alternatives(then) + alternatives(otherwise)
    }

    private static func property(_ key: KeyDescription, _ value: JSONValue) -> JSONValue {
        var schema = value.object ?? [:]
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
        case .atLeastOne(let keys): return ["anyOf": .array(each(keys))]
        case .exactlyOne(let keys): return ["oneOf": .array(each(keys))]
        case .atMostOne(let keys):
            let pairs = keys.indices.flatMap { first in
                keys.indices.filter { $0 > first }.map { JSONValue.array([.string(keys[first]), .string(keys[$0])]) }
            }
            return pairs.isEmpty ? [:] : ["not": ["anyOf": .array(pairs.map { ["required": $0] })]]
        }
    }
}

extension EntityDescription {
    /// This entity and all entities that it refers to, in reading order.
    func reachable(_ vocabulary: Vocabulary) -> [EntityDescription] {
        var found: [EntityDescription] = []
        var known: Set<String> = []
        func visit(_ entity: EntityDescription) {
            guard known.insert(entity.id).inserted else { return }
            found.append(entity)
            for key in entity.keys { key.entities(vocabulary).forEach(visit) }
        }
        visit(self)
        return found
    }
}

extension EntityDescription {
    /// Whether it may extend another: a section entry, or a whole file.
    fileprivate var isExtending: Bool { keys.contains { $0.name == "extends" } }
}

extension JSONValue {
    /// The names of the definitions that a schema refers to.
    fileprivate var references: [String] {
        switch self {
        case .object(let members):
            members.values.flatMap(\.references)
                + (members["$ref"]?.string.map { [String($0.dropFirst("#/$defs/".count))] } ?? [])
        case .array(let items): items.flatMap(\.references)
        default: []
        }
    }
}

extension JSONValue {
    /// The value with all occurrences of a part replaced.
    fileprivate func replacing(_ part: JSONValue, with other: JSONValue) -> JSONValue {
        if self == part { return other }
        switch self {
        case .object(let members): return .object(members.mapValues { $0.replacing(part, with: other) })
        case .array(let elements): return .array(elements.map { $0.replacing(part, with: other) })
        default: return self
        }
    }
}
