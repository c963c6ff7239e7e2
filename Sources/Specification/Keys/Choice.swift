// Values with several forms: a word, or a map with one key.

import Basics

/// One form of a value.
struct ChoiceForm<Value>: Sendable {
    /// The word, or the single key.
    var name: String
    /// The type of the value below the key; `nil` for a bare word.
    fileprivate var below: Below?
    /// The value of the bare word; `nil` for a map.
    fileprivate var plain: (@Sendable () -> Value)?
    fileprivate var write: @Sendable (Value) -> JSONValue?

    fileprivate struct Below: Sendable {
        var schema: JSONValue
        var word: String
        var entities: @Sendable (Vocabulary) -> [EntityDescription]
        var merging: @Sendable (Vocabulary) -> MergeRules
        var read: @Sendable (YAMLNode, Reading) -> Value?
    }

    /// The syntax with its required keys: `{ sgd: { learning_rate: … } }`, or the bare word.
    fileprivate var written: String {
        guard let below else { return name }
        guard let entity = below.entities(.none).first else { return "{ \(name): … }" }
        let required = entity.keys.filter(\.isRequired).map { $0.name + ": …" }
        return "{ \(name): { \(required.isEmpty ? "…" : required.joined(separator: ", ")) } }"
    }

    /// A bare word.
    static func word(_ name: String, _ value: Value) -> ChoiceForm where Value: Equatable & Sendable {
        ChoiceForm(name: name, below: nil, plain: { value }, write: { $0 == value ? .string(name) : nil })
    }

    /// A map with one key. `from` converts the value below the key; `back` is its inverse and returns `nil` for other
    /// forms.
    static func key<Item>(
        _ name: String, _ type: ValueType<Item>, from: @escaping @Sendable (Item) -> Value,
        back: @escaping @Sendable (Value) -> Item?
    ) -> ChoiceForm {
        ChoiceForm(
            name: name,
            below: Below(
                schema: type.schema, word: type.word, entities: type.entities, merging: type.merging,
                read: { type.read($0, $1).map(from) }),
            plain: nil, write: { back($0).map { [name: type.write($0)].json } })
    }
}

extension [String: JSONValue] {
    fileprivate var json: JSONValue { .object(self) }
}

extension ValueType {
    /// One of several forms, identified by the word or the single key. A word may also be a key.
    static func choice(_ what: String, _ forms: [ChoiceForm<Value>]) -> ValueType where Value: Sendable {
        let words = forms.filter { $0.below == nil }
        let maps = forms.filter { $0.below != nil }
        let known = forms.map(\.name).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        var alternatives: [JSONValue] = []
        if !words.isEmpty { alternatives.append(["enum": .array(words.map { .string($0.name) })]) }
        for form in maps {
            guard let below = form.below else { continue }
            alternatives.append([
                "type": "object", "additionalProperties": false, "required": [.string(form.name)],
                "properties": .object([form.name: below.schema]),
            ])
        }
        alternatives.append(["$ref": "#/$defs/environment-variable"])
        let shown = words.map { "`\($0.name)`" } + maps.map { "`\($0.name):` \($0.below?.word ?? "")" }
        return ValueType(
            expected: what, word: shown.joined(separator: " or "), schema: ["anyOf": .array(alternatives)],
            entities: { known in maps.flatMap { $0.below?.entities(known) ?? [] } },
            merging: { vocabulary in
                MergeRules(alternatives: [Set(maps.map(\.name))]) { key in
                    maps.first(where: { $0.name == key })?.below?.merging(vocabulary) ?? .plain
                }
            },
            read: { node, reading in
                func unknown(_ name: String, at position: YAMLPosition) {
                    reading.report(
                        .unknownValue(name, expected: what, nearest: known.nearest(to: name), known: known),
                        at: position)
                }
                switch node.content {
                case .scalar(let scalar):
                    guard case .string = scalar.resolved else {
                        // A number or boolean can only be intended for a form that has a scalar below its key.
                        reading.wrongType(node, expected: what)
                        return nil
                    }
                    guard let text = reading.expanded(scalar, at: node.position) else { return nil }
                    if let form = words.first(where: { $0.name == text }) { return form.plain?() }
                    if let form = maps.first(where: { $0.name == text }) {
                        reading.report(
                            .wrongType(
                                expected: "'\(text): …' with its values", found: "the word alone",
                                mistake: .form(form.written)), at: node.position)
                        return nil
                    }
                    let near = known.nearest(to: text)
                    // A sentence where a text must be wrapped in a key.
                    let meant = forms.first { $0.name == near } ?? maps.first { $0.below?.word == "text" }
                    reading.report(
                        .unknownValue(text, expected: what, nearest: meant?.written, known: known), at: node.position)
                    return nil
                case .map(let pairs):
                    guard pairs.count == 1, let pair = pairs.first else {
                        if pairs.isEmpty {
                            reading.wrongType(node, expected: what)
                        } else if let stranger = pairs.first(where: { pair in !maps.contains { $0.name == pair.key } }) {
                            unknown(stranger.key, at: stranger.keyPosition)
                        } else {
                            reading.report(
                                .excludes(pairs.map(\.key), of: what), at: pairs[1].keyPosition,
                                notes: [.init(.firstHere(pairs[0].key), at: pairs[0].keyPosition)])
                        }
                        return nil
                    }
                    guard let below = maps.first(where: { $0.name == pair.key })?.below else {
                        unknown(pair.key, at: pair.keyPosition)
                        return nil
                    }
                    reading.currentKey = pair.key
                    return below.read(pair.value, reading)
                case .list:
                    reading.wrongType(node, expected: what)
                    return nil
                }
            },
            write: { value in forms.lazy.compactMap { $0.write(value) }.first ?? .null })
    }
}
