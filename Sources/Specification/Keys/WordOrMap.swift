// Values that are a bare word or a map with the keys of an entity.

import Basics

extension ValueType where Value: Equatable & Sendable {
    /// One of several words, or a map with the keys of an entity.
    /// - Parameter back: the entity of a value that is not a word.
    static func word<Item: SpecEntity>(
        _ what: String, _ words: KeyValuePairs<String, Value>, or type: Item.Type,
        from: @escaping @Sendable (Item) -> Value, back: @escaping @Sendable (Value) -> Item?
    ) -> ValueType {
        let map = ValueType<Item>.entity
        let words = words.map { (name: $0.key, value: $0.value) }
        let known = words.map(\.name)
        let required = Item.table.keys.filter(\.isRequired).map(\.name)
        let first = Item.table.keys.prefix(1).map(\.name)
        let written = "{ " + (required.isEmpty ? first : required).map { $0 + ": …" }.joined(separator: ", ") + " }"
        return ValueType(
            expected: what, word: (known.map { "`\($0)`" } + [map.word]).joined(separator: " or "),
            schema: [
                "anyOf": [
                    ["enum": .array(known.map { .string($0) })], map.schema, ["$ref": "#/$defs/environment-variable"],
                ]
            ],
            entities: map.entities, merging: map.merging,
            read: { node, reading in
                guard let scalar = node.scalar else {
                    guard node.pairs != nil else {
                        reading.wrongType(node, expected: what)
                        return nil
                    }
                    return map.read(node, reading).map(from)
                }
                guard case .string = scalar.resolved else {
                    reading.wrongType(node, expected: what)
                    return nil
                }
                guard let text = reading.expanded(scalar, at: node.position) else { return nil }
                guard let value = words.first(where: { $0.name == text })?.value else {
                    reading.report(
                        .unknownValue(
                            text, expected: what, nearest: known.nearest(to: text), known: known + [written]),
                        at: node.position)
                    return nil
                }
                return value
            },
            write: { value in
                words.first { $0.value == value }.map { .string($0.name) } ?? back(value).map { map.write($0) } ?? .null
            })
    }
}
