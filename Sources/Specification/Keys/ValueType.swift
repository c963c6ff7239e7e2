// Types of spec values: decoding, encoding, JSON Schema and descriptions.

import Basics

/// The type of a value in a spec: its decoding, encoding, JSON Schema and descriptions.
struct ValueType<Value>: Sendable {
    /// Completes "… is expected here": `a whole number from 1 to 50`.
    var expected: String
    /// The type column of the reference: a few words, with Markdown links to entities.
    var word: String
    var schema: JSONValue
    /// The entities that the type refers to.
    var entities: @Sendable (Vocabulary) -> [EntityDescription] = { _ in [] }
    /// The rules for merging one value of this type over another.
    var merging: @Sendable (Vocabulary) -> MergeRules = { _ in .plain }
    /// Decodes a node; reports errors and returns `nil`.
    var read: @Sendable (YAMLNode, Reading) -> Value?
    /// Encodes a value as it would be written in a spec.
    var write: @Sendable (Value) -> JSONValue

    /// The same type for another Swift value.
    func map<Other>(
        _ from: @escaping @Sendable (Value) -> Other, back: @escaping @Sendable (Other) -> Value
    ) -> ValueType<Other> {
        ValueType<Other>(
            expected: expected, word: word, schema: schema, entities: entities, merging: merging,
            read: { [read] in read($0, $1).map(from) }, write: { [write] in write(back($0)) })
    }
}

/// The JSON Schema of a scalar that may be given by an environment variable.
func orVariable(_ schema: JSONValue) -> JSONValue {
    ["anyOf": [schema, ["$ref": "#/$defs/environment-variable"]]]
}

extension Reading {
    /// - Parameter keys: the required keys of an expected map, or else an example.
    func wrongType(_ node: YAMLNode, expected: String, keys: [String] = []) {
        var mistake: SpecProblem.TypeMistake?
        if let scalar = node.scalar {
            switch scalar.resolved {
            case .null: mistake = .emptyValue
            case .string(let text):
                switch YAMLScalar.coreValue(text) {
                case .int, .double: if !scalar.isPlain { mistake = .quotedNumber(text) }
                case .bool: if !scalar.isPlain { mistake = .quotedFlag(text) }
                default:
                    if expected.contains("a number"), text.hasSuffix("%"),
                        let percent = Double(text.dropLast().filter { $0 != " " })
                    {
                        mistake = .percentage(percent / 100)
                    }
                    let digits = text.filter { $0 != "_" && $0 != "," }
                    if expected.contains("number"), digits.count < text.count,
                        case .int = YAMLScalar.coreValue(digits)
                    {
                        mistake = .digitGroups(digits)
                    }
                    if expected.contains("true or false") {
                        if ["yes", "on", "y"].contains(text.lowercased()) { mistake = .yesNo(true) }
                        if ["no", "off", "n"].contains(text.lowercased()) { mistake = .yesNo(false) }
                    }
                }
            case .int, .double, .bool: if expected.hasPrefix("a text") { mistake = .unquotedText(scalar.text) }
            }
            if mistake == nil, expected.hasPrefix("a list") { mistake = .singleItem }
        }
        if node.pairs != nil, expected.hasPrefix("a list") { mistake = .mapForList }
        if node.pairs == nil, !keys.isEmpty { mistake = .keysWanted(keys) }
        report(.wrongType(expected: expected, found: node.found, mistake: mistake), at: node.position)
    }
}

// MARK: Scalars

extension ValueType where Value == String {
    /// Any text, with environment variables expanded.
    static let text = ValueType.text(word: "text")

    /// A text that matches a regular expression: `pattern` in JSON Schema, `fits` when decoding.
    static func text(
        word: String, expected: String = "a text", pattern: String? = nil,
        fits: @escaping @Sendable (String) -> Bool = { _ in true }
    ) -> ValueType {
        var schema: [String: JSONValue] = ["type": "string"]
        if let pattern { schema["pattern"] = .string(pattern + "|\\$\\{") }
        return ValueType(
            expected: expected, word: word, schema: .object(schema),
            read: { node, reading in
                guard let scalar = node.scalar, case .string = scalar.resolved else {
                    reading.wrongType(node, expected: "a text")
                    return nil
                }
                guard let text = reading.expanded(scalar, at: node.position) else { return nil }
                guard fits(text) else {
                    reading.report(.badFormat(text, expected: expected), at: node.position)
                    return nil
                }
                return text
            },
            write: { .string($0) })
    }

    /// A text in which `${…}` is not expanded, because another program interprets it.
    static let verbatim = ValueType(
        expected: "a text", word: "text", schema: ["type": "string"],
        read: { node, reading in
            guard let scalar = node.scalar, case .string(let text) = scalar.resolved else {
                reading.wrongType(node, expected: "a text")
                return nil
            }
            return text
        },
        write: { .string($0) })

    static let sha256 = text(
        word: "64 hexadecimal digits", expected: "a SHA-256 digest of 64 hexadecimal digits",
        pattern: "^[0-9a-f]{64}$", fits: { Digest(hex: $0)?.hex == $0 })

    static let date = text(
        word: "date", expected: "a date such as 2025-09-01", pattern: "^\\d{4}-\\d{2}-\\d{2}$",
        fits: { $0.wholeMatch(of: #/\d{4}-\d{2}-\d{2}/#) != nil })

    /// The name of an entity in one of the spec's sections; its existence is checked later.
    static func name(of kind: String) -> ValueType {
        text(word: "name of a \(kind)", expected: "the name of a \(kind)")
    }
}

extension ValueType where Value == SafeName {
    /// A file or folder name, with environment variables expanded.
    static let fileName = ValueType(
        expected: "a text", word: "text", schema: ["type": "string"],
        read: { node, reading in
            guard let text = ValueType<String>.text.read(node, reading) else { return nil }
            do throws(UnsafeName) { return try SafeName(text) } catch {
                reading.report(.badFileName(reason: error.explanation), at: node.position)
                return nil
            }
        },
        write: { .string($0.text) })
}

extension ValueType where Value == EnvironmentText {
    /// A text with environment variables that are resolved on use.
    static let deferred = ValueType(
        expected: "a text", word: "text", schema: ["type": "string"],
        read: { node, reading in
            guard let scalar = node.scalar, case .string = scalar.resolved else {
                reading.wrongType(node, expected: "a text")
                return nil
            }
            let text = EnvironmentText(scalar.text)
            guard reading.isWellFormed(text, at: node.position) else { return nil }
            for name in text.missing(in: reading.environment) {
                reading.report(.missingEnvironment(name, isNeededNow: false), at: node.position)
            }
            reading.remember(text)
            return text
        },
        write: { .string($0.template) })

    /// A secret, which must be given by an environment variable. A default would be written in the file itself.
    static let secret = ValueType(
        expected: "an environment variable, ${NAME}", word: "`${NAME}`",
        schema: ["type": "string", "pattern": "^\\$\\{[A-Za-z_][A-Za-z0-9_]*(:-)?\\}$"],
        read: { node, reading in
            guard let scalar = node.scalar, EnvironmentText(scalar.text).isOneVariable,
                !EnvironmentText(scalar.text).hasLiteralDefault
            else {
                reading.report(.secretInSpec(reading.currentKey ?? "a secret"), at: node.position.start)
                return nil
            }
            return deferred.read(node, reading)
        },
        write: { .string($0.template) })
}

extension ValueType where Value == FileReference {
    static func file(_ word: String = "path") -> ValueType {
        ValueType(
            expected: "a text", word: word, schema: ["type": "string", "minLength": 1],
            read: { node, reading in
                guard let text = ValueType<EnvironmentText>.deferred.read(node, reading) else { return nil }
                guard !text.template.isEmpty else {
                    reading.report(.badFormat("", expected: "a path"), at: node.position)
                    return nil
                }
                let reference = FileReference(text, folder: node.position.source.folder)
                if SecretFile.isNamed(text.template) || reference.isSecret(in: reading.environment) {
                    reading.report(.unreadableFile(text.template, reason: SecretFile.refusal), at: node.position)
                    return nil
                }
                return reference
            },
            write: { .string($0.text.template) })
    }
}

/// The number with thousands separators from 10,000 on: `10,000`.
func grouped(_ number: Int) -> String {
    guard number.magnitude >= 10_000 else { return String(number) }
    var text = ""
    for (index, digit) in String(number.magnitude).reversed().enumerated() {
        if index > 0, index % 3 == 0 { text.append(",") }
        text.append(digit)
    }
    return (number < 0 ? "-" : "") + String(text.reversed())
}

extension ValueType where Value == Int {
    /// An integer between two bounds. Every number in a spec has both, so that arithmetic cannot overflow.
    static func integer(_ range: ClosedRange<Int>) -> ValueType {
        let (low, high) = (grouped(range.lowerBound), grouped(range.upperBound))
        let expected = "a whole number from \(low) to \(high)"
        let schema: JSONValue = [
            "type": "integer", "minimum": .int(Int64(range.lowerBound)), "maximum": .int(Int64(range.upperBound)),
        ]
        return ValueType(
            expected: expected, word: "whole number, \(low) to \(high)", schema: orVariable(schema),
            read: { node, reading in
                guard let scalar = node.scalar else {
                    reading.wrongType(node, expected: expected)
                    return nil
                }
                guard let value = reading.value(scalar, at: node.position) else { return nil }
                let number: Int? =
                    switch value {
                    case .int(let number): Int(number)
                    case .double(let number): Int(exactly: number)
                    default: nil
                    }
                guard let number else {
                    // Integers beyond 64 bits, and infinities, are reported as out of range.
                    if case .double(let given) = value, given.rounded() == given {
                        reading.report(.outOfRange(String(scalar.text.prefix(40)), expected: expected), at: node.position)
                    } else {
                        reading.wrongType(node, expected: expected)
                    }
                    return nil
                }
                guard range.contains(number) else {
                    reading.report(.outOfRange(String(scalar.text.prefix(40)), expected: expected), at: node.position)
                    return nil
                }
                return number
            },
            write: { .int(Int64($0)) })
    }

    /// At least one.
    static func count(upTo most: Int) -> ValueType { integer(1...most) }
    /// Zero or more.
    static func natural(upTo most: Int) -> ValueType { integer(0...most) }
    /// The seed of a random generator: 31 bits, which every library accepts.
    static let seed = integer(0...2_147_483_647)
}

/// Inclusive or exclusive bounds of a number.
struct NumberRange: Sendable {
    var minimum: Double?
    var above: Double?
    var maximum: Double?

    /// Any number that is safe for arithmetic.
    static let any = NumberRange(minimum: -1e15, maximum: 1e15)
    static let fraction = NumberRange(minimum: 0, maximum: 1)

    static func positive(upTo most: Double) -> NumberRange { NumberRange(above: 0, maximum: most) }
    static func natural(upTo most: Double) -> NumberRange { NumberRange(minimum: 0, maximum: most) }

    func contains(_ value: Double) -> Bool {
        value.isFinite && value >= minimum ?? -.infinity && value > above ?? -.infinity && value <= maximum ?? .infinity
    }

    var text: String {
        var words: [String] = []
        if let above { words.append("above \(short(above))") }
        if let minimum { words.append("from \(short(minimum))") }
        if let maximum { words.append("to \(short(maximum))") }
        return words.isEmpty ? "" : " " + words.joined(separator: " ")
    }

    private func short(_ value: Double) -> String {
        Int(exactly: value).map(grouped) ?? JSONValue.double(value).canonical
    }
}

extension ValueType where Value == Double {
    static func number(_ range: NumberRange = .any) -> ValueType {
        let expected = "a number\(range.text)"
        var schema: [String: JSONValue] = ["type": "number"]
        schema["minimum"] = range.minimum.map { .double($0) }
        schema["exclusiveMinimum"] = range.above.map { .double($0) }
        schema["maximum"] = range.maximum.map { .double($0) }
        return ValueType(
            expected: expected, word: "number\(range.text)", schema: orVariable(.object(schema)),
            read: { node, reading in
                guard let scalar = node.scalar else {
                    reading.wrongType(node, expected: expected)
                    return nil
                }
                guard let value = reading.value(scalar, at: node.position) else { return nil }
                let number: Double? =
                    switch value {
                    case .int(let number): Double(number)
                    case .double(let number): number
                    default: nil
                    }
                guard let number else {
                    reading.wrongType(node, expected: expected)
                    return nil
                }
                guard range.contains(number) else {
                    reading.report(.outOfRange(String(scalar.text.prefix(40)), expected: expected), at: node.position)
                    return nil
                }
                return number
            },
            write: { .double($0) })
    }
}

extension ValueType where Value == Bool {
    static let flag = ValueType(
        expected: "true or false", word: "true or false", schema: orVariable(["type": "boolean"]),
        read: { node, reading in
            guard let scalar = node.scalar else {
                reading.wrongType(node, expected: "true or false")
                return nil
            }
            guard let value = reading.value(scalar, at: node.position) else { return nil }
            guard case .bool(let flag) = value else {
                reading.wrongType(node, expected: "true or false")
                return nil
            }
            return flag
        },
        write: { .bool($0) })
}

extension ValueType where Value == Money {
    /// Up to a billion US dollars.
    static let dollars = ValueType<Double>.number(.natural(upTo: 1e9)).map {
        Money(dollars: $0)
    } back: {
        $0.dollars
    }
}

extension ValueType where Value == Duration {
    /// `90s`, `5m`, `2h`, `1d`, or a number of seconds.
    static let duration = ValueType(
        expected: "a time such as 90s, 5m, 2h or 1d", word: "time: `90s`, `5m`, `2h`, `1d`",
        schema: [
            "anyOf": [
                ["type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?[smhd]$|\\$\\{"],
                ["type": "number", "exclusiveMinimum": 0, "maximum": 1_000_000_000],
            ]
        ],
        read: { node, reading in
            let expected = "a time such as 90s, 5m, 2h or 1d"
            guard let scalar = node.scalar else {
                reading.wrongType(node, expected: expected)
                return nil
            }
            guard let value = reading.value(scalar, at: node.position) else { return nil }
            let seconds: Double? =
                switch value {
                case .int(let number): Double(number)
                case .double(let number): number
                case .string(let text): secondsOfTime(text)
                case .bool, .null: nil
                }
            guard let seconds, seconds > 0, seconds < 1e9 else {
                reading.report(.badFormat(scalar.text, expected: expected), at: node.position)
                return nil
            }
            return .seconds(seconds)
        },
        write: { .double(Double($0.components.seconds) + Double($0.components.attoseconds) * 1e-18) })
}

/// `90s`, `5m`, `2h`, `1d` in seconds; `nil` for any other text.
private func secondsOfTime(_ text: String) -> Double? {
    guard let match = text.wholeMatch(of: #/([0-9]+(?:\.[0-9]+)?)([smhd])/#), let number = Double(match.output.1) else {
        return nil
    }
    let unit: Double =
        switch match.output.2 {
        case "m": 60
        case "h": 3600
        case "d": 86400
        default: 1
        }
    return number * unit
}

extension SplitReference {
    /// The split name for an example: the one written, unless it contains a variable.
    fileprivate static func example(_ name: Substring?, in node: YAMLNode) -> String {
        guard let name, !name.isEmpty, node.scalar.map({ EnvironmentText($0.text).names.isEmpty }) ?? false else {
            return "main"
        }
        return String(name)
    }
}

extension ValueType where Value == SplitReference {
    static let splitPart = ValueType(
        expected: "a part of a split, such as main.test", word: "part of a split, `NAME.test`",
        schema: ["type": "string", "pattern": "^[^.]+\\.(train|validation|test)$|\\$\\{"],
        read: { node, reading in
            guard let text = ValueType<String>.text.read(node, reading) else { return nil }
            let pieces = text.split(separator: ".", omittingEmptySubsequences: false)
            guard pieces.count == 2, !pieces[0].isEmpty else {
                reading.report(
                    .badFormat(
                        text,
                        expected:
                            "a part of a split, such as \(SplitReference.example(pieces.first, in: node)).test"
                    ),
                    at: node.position)
                return nil
            }
            guard let part = SplitPart(rawValue: String(pieces[1])) else {
                let parts = SplitPart.allCases.map(\.rawValue)
                reading.report(
                    .unknownPart(String(pieces[1]), nearest: parts.nearest(to: String(pieces[1]))), at: node.position)
                return nil
            }
            return SplitReference(split: String(pieces[0]), part: part)
        },
        write: { .string($0.description) })
}

// MARK: Words

extension ValueType
where Value: CaseIterable & RawRepresentable & Sendable, Value.RawValue == String, Value.AllCases: Sendable {
    /// One of the cases of an enumeration, by raw value.
    static func word(_ what: String) -> ValueType {
        let known = Value.allCases.map(\.rawValue)
        return ValueType(
            expected: what, word: known.map { "`\($0)`" }.joined(separator: ", "),
            schema: orVariable(["enum": .array(known.map { .string($0) })]),
            read: { node, reading in
                guard let scalar = node.scalar, case .string = scalar.resolved else {
                    reading.wrongType(node, expected: known.joined(separator: " or "))
                    return nil
                }
                guard let text = reading.expanded(scalar, at: node.position) else { return nil }
                guard let value = Value(rawValue: text) else {
                    reading.report(
                        .unknownValue(text, expected: what, nearest: known.nearest(to: text), known: known),
                        at: node.position)
                    return nil
                }
                return value
            },
            write: { .string($0.rawValue) })
    }
}

extension ValueType where Value == String {
    /// One of several words, for words that are not known when the program is compiled.
    static func oneOf(_ known: [String], _ what: String) -> ValueType {
        ValueType(
            expected: what, word: known.map { "`\($0)`" }.joined(separator: ", "),
            schema: orVariable(["enum": .array(known.map { .string($0) })]),
            read: { node, reading in
                guard let scalar = node.scalar, case .string = scalar.resolved else {
                    reading.wrongType(node, expected: known.joined(separator: " or "))
                    return nil
                }
                guard let text = reading.expanded(scalar, at: node.position) else { return nil }
                guard known.contains(text) else {
                    reading.report(
                        .unknownValue(text, expected: what, nearest: known.nearest(to: text), known: known), at: node.position)
                    return nil
                }
                return text
            },
            write: { .string($0) })
    }
}

// MARK: Lists and maps

extension ValueType {
    /// A list of values.
    static func list<Item>(of item: ValueType<Item>, atLeast minimum: Int = 0) -> ValueType where Value == [Item] {
        var schema: [String: JSONValue] = ["type": "array", "items": item.schema]
        if minimum > 0 { schema["minItems"] = .int(Int64(minimum)) }
        return ValueType(
            expected: "a list", word: "list of \(item.word)", schema: .object(schema), entities: item.entities,
            merging: { known in .named { item.merging(known) } },
            read: { node, reading in
                guard let items = node.items else {
                    reading.wrongType(node, expected: "a list")
                    return nil
                }
                guard items.count >= minimum else {
                    reading.report(
                        .outOfRange(
                            items.isEmpty ? "an empty list" : "a list of \(items.count)",
                            expected: minimum == 1 ? "a list of at least 1 entry" : "a list of at least \(minimum) entries"),
                        at: node.position)
                    return nil
                }
                let values = items.compactMap { item.read($0, reading) }
                return values.count == items.count ? values : nil
            },
            write: { .array($0.map(item.write)) })
    }

    /// Values under user-chosen names. Invalid entries are skipped and reported.
    static func named<Item>(_ item: ValueType<Item>, kind: String) -> ValueType where Value == NamedMap<Item> {
        ValueType(
            expected: "a map of names", word: "map from names to \(item.word)",
            schema: [
                "type": "object", "additionalProperties": item.schema,
                "propertyNames": ["pattern": "^[A-Za-z0-9][A-Za-z0-9_-]*$"],
            ],
            entities: item.entities, merging: { known in .named { item.merging(known) } },
            read: { node, reading in
                guard let pairs = node.pairs else {
                    reading.wrongType(node, expected: "a map of names", keys: ["NAME"])
                    return nil
                }
                var values = NamedMap<Item>()
                for pair in pairs where !reading.broken.contains(pair.value.position) {
                    guard isName(pair.key) else {
                        reading.report(.badName(pair.key), at: pair.keyPosition)
                        continue
                    }
                    if let value = item.read(pair.value, reading) { values[pair.key] = value }
                }
                return values
            },
            write: { map in
                .object(
                    Dictionary(map.map { ($0.name, item.write($0.value)) }, uniquingKeysWith: { first, _ in first }))
            })
    }

    /// Values under arbitrary texts, such as model names with dots.
    static func table<Item>(_ item: ValueType<Item>) -> ValueType where Value == NamedMap<Item> {
        ValueType(
            expected: "a map", word: "map to \(item.word)",
            schema: ["type": "object", "additionalProperties": item.schema], entities: item.entities,
            merging: { known in .named { item.merging(known) } },
            read: { node, reading in
                guard let pairs = node.pairs else {
                    reading.wrongType(node, expected: "a map")
                    return nil
                }
                var values = NamedMap<Item>()
                for pair in pairs {
                    if let value = item.read(pair.value, reading) { values[pair.key] = value }
                }
                return values
            },
            write: { map in
                .object(
                    Dictionary(map.map { ($0.name, item.write($0.value)) }, uniquingKeysWith: { first, _ in first }))
            })
    }

    /// Values keyed by the cases of an enumeration.
    static func byCase<Case, Item>(_ what: String, _ item: ValueType<Item>) -> ValueType
    where
        Value == [Case: Item], Case: CaseIterable & RawRepresentable & Hashable & Sendable, Case.RawValue == String
    {
        let known = Case.allCases.map(\.rawValue)
        return ValueType(
            expected: "a map", word: "map from \(known.map { "`\($0)`" }.joined(separator: ", ")) to \(item.word)",
            schema: [
                "type": "object", "additionalProperties": false,
                "properties": .object(Dictionary(known.map { ($0, item.schema) }, uniquingKeysWith: { a, _ in a })),
            ],
            read: { node, reading in
                guard let pairs = node.pairs else {
                    reading.wrongType(node, expected: "a map")
                    return nil
                }
                var values: [Case: Item] = [:]
                for pair in pairs {
                    guard let key = Case(rawValue: pair.key) else {
                        reading.report(
                            .unknownValue(pair.key, expected: what, nearest: known.nearest(to: pair.key), known: known),
                            at: pair.keyPosition)
                        continue
                    }
                    values[key] = item.read(pair.value, reading)
                }
                return values
            },
            write: { values in
                .object(
                    Dictionary(values.map { ($0.key.rawValue, item.write($0.value)) }, uniquingKeysWith: { a, _ in a }))
            })
    }
}

/// Whether the text has only letters, digits, `-` and `_` and starts with a letter or digit. Names must not contain
/// dots, which separate paths.
func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "_") else { return false }
    return text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}

extension String {
    /// Whether the text has a length in this range and only ASCII letters, digits, `_` and `-`.
    func isIdentifier(_ length: ClosedRange<Int>) -> Bool {
        length.contains(utf8.count)
            && utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
