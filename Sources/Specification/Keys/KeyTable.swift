// The single table of an entity's keys, which drives decoding, unknown key errors, JSON Schema and the reference.

import Basics

/// A value that is written as a map with known keys.
protocol SpecEntity: Sendable {
    static var table: KeyTable<Self> { get }
}

/// The keys of one entity.
struct KeyTable<Entity: Sendable>: Sendable {
    /// The description of the entity for schema and reference.
    let description: EntityDescription
    /// The value that provides the defaults. Its values for required keys are never used.
    let blank: Entity
    let keys: [Key<Entity>]
    private let places: [String: Int]

    /// - Parameters:
    ///   - id: the entity's name in the schema and in the reference, such as `fine-tune`.
    ///   - called: the name in messages, such as `a fine-tune`.
    ///   - summary: one or two sentences in Markdown.
    ///   - canExtend: whether an entry may inherit the keys of another with `extends`.
    init(
        _ id: String, called: String? = nil, _ summary: String, blank: Entity, canExtend: Bool = false,
        rules: [KeyRule] = [], example: String? = nil, keys: [Key<Entity>]
    ) {
        var described = keys.map { $0.described(blank) }
        if canExtend {
            described.append(
                KeyDescription(
                    name: "extends", isRequired: false, word: "name", schema: ["type": "string"],
                    defaultValue: nil, text: "Inherits the keys of another entry in the same section.",
                    examples: [], entities: { _ in [] }))
        }
        description = EntityDescription(
            id: id, called: called ?? id, summary: summary, canExtend: canExtend, rules: rules, example: example,
            keys: described)
        self.blank = blank
        self.keys = keys
        places = Dictionary(keys.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// Decodes a map; `nil` when any part of it is invalid.
    func read(_ node: YAMLNode, _ reading: Reading) -> Entity? {
        reading.within(description) { readAll(node, reading) }
    }

    /// Decodes a map and skips invalid parts; `nil` when the node is not a map.
    func readAll(_ node: YAMLNode, _ reading: Reading) -> Entity? {
        guard let pairs = node.pairs else {
            let required = keys.filter(\.isRequired).map(\.name)
            reading.wrongType(
                node, expected: "a map with the keys of \(description.called)",
                keys: required.isEmpty ? keys.prefix(1).map(\.name) : required)
            return nil
        }
        var value = blank
        var seen: Set<Int> = []
        // A key that is missing because it is misspelt is reported once. With `extends`, missing keys may be
        // inherited.
        var meant: Set<String> = []
        var isWhole = true
        for pair in pairs {
            if pair.key == "extends" { isWhole = false }
            guard let place = places[pair.key] else {
                if let key = reading.unknownKey(pair, of: description) { meant.insert(key) }
                continue
            }
            seen.insert(place)
            reading.currentKey = pair.key
            keys[place].read(pair.value, &value, reading)
        }
        for (place, key) in keys.enumerated()
        where key.isRequired && isWhole && !seen.contains(place) && !meant.contains(key.name) {
            reading.report(
                key.whenMissing
                    ?? .missingKey(key.name, of: description.called, meaning: key.text.firstSentence),
                at: node.position.start)
        }
        for rule in description.rules { rule.check(pairs, description, node, reading) }
        return value
    }
}

/// Constraints between the keys of an entity.
enum KeyRule: Sendable, Hashable {
    case exactlyOne([String])
    case atMostOne([String])
    case atLeastOne([String])
    /// The key requires at least one of the others.
    case needs(String, oneOf: [String])

    fileprivate func check(_ pairs: [YAMLPair], _ entity: EntityDescription, _ node: YAMLNode, _ reading: Reading) {
        let keys: [String]
        switch self {
        case .exactlyOne(let all), .atMostOne(let all): keys = all
        case .atLeastOne(let all):
            guard !pairs.contains(where: { all.contains($0.key) }) else { return }
            reading.report(.needsOneOf(all, of: entity.called), at: node.position.start)
            return
        case .needs(let key, let others):
            guard pairs.contains(where: { $0.key == key }), !pairs.contains(where: { others.contains($0.key) }) else {
                return
            }
            reading.report(.needsOneOf(others, of: "\(entity.called) with '\(key)'"), at: node.position.start)
            return
        }
        let given = pairs.filter { keys.contains($0.key) }
        if case .exactlyOne = self, given.isEmpty {
            reading.report(.needsOneOf(keys, of: entity.called), at: node.position.start)
        }
        if given.count > 1 {
            reading.report(
                .excludes(given.map(\.key), of: entity.called), at: given[1].keyPosition,
                notes: [.init(.firstHere(given[0].key), at: given[0].keyPosition)])
        }
    }
}

/// One key of an entity.
struct Key<Entity: Sendable>: Sendable {
    let name: String
    let isRequired: Bool
    /// The meaning of the key, in one or two sentences of Markdown.
    let text: String
    /// The problem reported when the key is missing; `nil` for the general one.
    var whenMissing: SpecProblem?
    fileprivate let described: @Sendable (Entity) -> KeyDescription
    fileprivate let read: @Sendable (YAMLNode, inout Entity, Reading) -> Void

    /// A required key.
    static func required<Value>(
        _ name: String, _ field: any WritableKeyPath<Entity, Value> & Sendable, _ type: ValueType<Value>,
        _ text: String,
        examples: [JSONValue] = [], whenMissing: SpecProblem? = nil
    ) -> Key {
        Key(
            name: name, isRequired: true, text: text, whenMissing: whenMissing,
            described: { _ in .init(name, type, required: true, defaultValue: nil, text, examples) },
            read: { node, entity, reading in
                if let value = type.read(node, reading) { entity[keyPath: field] = value }
            })
    }

    /// A key with a default, taken from the blank entity.
    static func key<Value>(
        _ name: String, _ field: any WritableKeyPath<Entity, Value> & Sendable, _ type: ValueType<Value>,
        _ text: String,
        examples: [JSONValue] = []
    ) -> Key {
        Key(
            name: name, isRequired: false, text: text,
            described: {
                .init(name, type, required: false, defaultValue: type.write($0[keyPath: field]), text, examples)
            },
            read: { node, entity, reading in
                if let value = type.read(node, reading) { entity[keyPath: field] = value }
            })
    }

    /// An optional key without a default.
    static func optional<Value>(
        _ name: String, _ field: any WritableKeyPath<Entity, Value?> & Sendable, _ type: ValueType<Value>,
        _ text: String,
        examples: [JSONValue] = []
    ) -> Key {
        Key(
            name: name, isRequired: false, text: text,
            described: { _ in .init(name, type, required: false, defaultValue: nil, text, examples) },
            read: { node, entity, reading in
                if let value = type.read(node, reading) { entity[keyPath: field] = value }
            })
    }

    /// A key whose value is stored by a closure, for example in one case of a field.
    static func setting<Value>(
        _ name: String, _ type: ValueType<Value>, required: Bool = false, defaultValue: JSONValue? = nil, _ text: String,
        examples: [JSONValue] = [], _ set: @escaping @Sendable (inout Entity, Value) -> Void
    ) -> Key {
        Key(
            name: name, isRequired: required, text: text,
            described: { _ in .init(name, type, required: required, defaultValue: defaultValue, text, examples) },
            read: { node, entity, reading in
                if let value = type.read(node, reading) { set(&entity, value) }
            })
    }
}

/// The description of an entity for schema and reference.
struct EntityDescription: Sendable {
    var id: String
    var called: String
    var summary: String
    var canExtend: Bool
    var rules: [KeyRule]
    var example: String?
    var keys: [KeyDescription]
}

/// The description of a key for schema and reference.
struct KeyDescription: Sendable {
    var name: String
    var isRequired: Bool
    var word: String
    var schema: JSONValue
    var defaultValue: JSONValue?
    var text: String
    var examples: [JSONValue]
    var entities: @Sendable (Vocabulary) -> [EntityDescription]
    var merging: @Sendable (Vocabulary) -> MergeRules = { _ in .plain }
}

extension KeyDescription {
    fileprivate init<Value>(
        _ name: String, _ type: ValueType<Value>, required: Bool, defaultValue: JSONValue?, _ text: String,
        _ examples: [JSONValue]
    ) {
        self.init(
            name: name, isRequired: required, word: type.word, schema: type.schema, defaultValue: defaultValue,
            text: text, examples: examples, entities: type.entities, merging: type.merging)
    }
}

extension ValueType where Value: SpecEntity {
    /// A map with the keys of an entity.
    static var entity: ValueType { .of(Value.table) }
}

extension ValueType where Value: Sendable {
    static func of(_ table: @escaping @autoclosure @Sendable () -> KeyTable<Value>) -> ValueType {
        let description = table().description
        return ValueType(
            expected: "a map", word: "[\(description.id)](#\(description.id))",
            schema: ["$ref": .string("#/$defs/\(description.id)")], entities: { _ in [table().description] },
            merging: { table().description.merging($0) },
            read: { table().read($0, $1) }, write: { _ in .null })
    }
}

extension Reading {
    /// Reports an unknown key, with the probable intended key or the section that the key belongs to.
    /// - Returns: the probable intended key.
    func unknownKey(_ pair: YAMLPair, of entity: EntityDescription) -> String? {
        let known = entity.keys.map(\.name)
        let nearest = known.nearest(to: pair.key)
        if nearest == nil {
            for key in entity.keys {
                for inner in key.entities(vocabulary) where inner.keys.contains(where: { $0.name == pair.key }) {
                    report(.misplacedKey(pair.key, of: entity.called, belongsIn: "'\(key.name)'"), at: pair.keyPosition)
                    return key.name
                }
            }
            if let outer = entities.last(where: { outer in outer.keys.contains { $0.name == pair.key } }) {
                report(.misplacedKey(pair.key, of: entity.called, belongsIn: outer.called), at: pair.keyPosition)
                return nil
            }
            if let first = pair.key.split(separator: ".").first, first.count < pair.key.count,
                known.contains(String(first)), known.contains("variants")
            {
                report(
                    .misplacedKey(pair.key, of: entity.called, belongsIn: "an entry of 'variants', or must be nested"),
                    at: pair.keyPosition)
                return nil
            }
        }
        report(.unknownKey(pair.key, of: entity.called, nearest: nearest, known: known), at: pair.keyPosition)
        return nearest
    }
}

extension String {
    fileprivate var firstSentence: String {
        guard let end = firstRange(of: ". ") else { return hasSuffix(".") ? String(dropLast()) : self }
        return String(self[..<end.lowerBound])
    }
}

extension YAMLPosition {
    /// The start of the position alone, for a finding about a whole map or list.
    var start: YAMLPosition { YAMLPosition(source: source, line: line, column: column) }
}
