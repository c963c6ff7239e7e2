// A hyperparameter of a provider's tuning jobs: its key, its range and the methods that accept it.

package import Basics

/// A hyperparameter of a provider's tuning jobs. The key table of `hyperparameters:`, its checks and the capability table
/// come from these values.
package struct HyperparameterKey: Hashable, Sendable {
    /// The values that a hyperparameter accepts besides `auto`.
    package enum Form: Hashable, Sendable {
        case integer(ClosedRange<Int>)
        /// - Parameter above: an exclusive lower bound.
        case number(above: Double?, from: Double?, upTo: Double)
        /// One of these words; `auto` is none of them.
        case word([String])
    }

    /// The provider's own name in the spelling of specs: lower case, with underscores.
    package var name: String
    /// The accepted values.
    package var form: Form
    /// The accepted values as shown to users: `1 to 50`.
    package var range: String
    /// The methods that accept it.
    package var methods: Set<FineTuneSpec.Method>
    /// Whether it is the number of passes over the examples.
    package var countsPasses: Bool
    /// The meaning, in one sentence of Markdown.
    package var text: String
    /// An example for editors; `nil` for none.
    package var example: JSONValue?

    /// - Parameters:
    ///   - range: shown to users; `nil` for the bounds of the form.
    ///   - text: the meaning, in one sentence of Markdown.
    package init(
        _ name: String, _ form: Form, range: String? = nil,
        methods: Set<FineTuneSpec.Method> = [.supervised, .dpo, .reinforcement], countsPasses: Bool = false,
        example: JSONValue? = nil, _ text: String
    ) {
        self.name = name
        self.form = form
        self.range = range ?? form.text
        self.methods = methods
        self.countsPasses = countsPasses
        self.example = example
        self.text = text
    }

    /// Whether the hyperparameter accepts a value that was read under its name.
    package func accepts(_ value: JSONValue) -> Bool {
        switch form {
        case .integer(let range): value.int.map(range.contains) ?? false
        case .number: value.double.map { form.bounds.contains($0) } ?? false
        case .word(let words): value.string.map(words.contains) ?? false
        }
    }
}

extension HyperparameterKey.Form {
    fileprivate var bounds: NumberRange {
        if case .number(let above, let from, let most) = self {
            NumberRange(minimum: from, above: above, maximum: most)
        } else {
            .any
        }
    }

    /// The bounds in words.
    fileprivate var text: String {
        switch self {
        case .integer(let range): "\(grouped(range.lowerBound)) to \(grouped(range.upperBound))"
        case .number: bounds.text.trimmingPrefix(" ").description
        case .word(let words):
            words.count < 2 ? words.joined() : words.dropLast().joined(separator: ", ") + " or " + words[words.count - 1]
        }
    }

    /// The type of a value; `auto` is read as no value.
    fileprivate var type: ValueType<JSONValue?> {
        switch self {
        case .integer(let range): .auto(or: .integer(range)) { .int(Int64($0)) }
        case .number: .auto(or: .number(bounds)) { .double($0) }
        case .word(let words): .oneOf(words, "a value")
        }
    }
}

extension ValueType where Value == JSONValue? {
    /// The word `auto`, or a value. A provider chooses what is `auto`, as it does without the key.
    fileprivate static func auto<Item>(or type: ValueType<Item>, _ json: @escaping @Sendable (Item) -> JSONValue) -> ValueType {
        ValueType(
            expected: "auto or \(type.expected)", word: "`auto` or \(type.word)",
            schema: ["anyOf": [["const": "auto"], type.schema]],
            read: { node, reading in
                node.scalar?.text == "auto" ? .some(nil) : type.read(node, reading).map { .some(json($0)) }
            },
            write: { $0 ?? "auto" })
    }

    fileprivate static func oneOf(_ words: [String], _ what: String) -> ValueType {
        ValueType<String>.oneOf(words, what).map {
            .some(.string($0))
        } back: {
            $0?.string ?? ""
        }
    }

    /// A value of any of several forms, for a name that kinds of providers share.
    fileprivate static func any(of types: [ValueType]) -> ValueType {
        guard types.count > 1, let first = types.first else { return types.first ?? .oneOf([], "a value") }
        return ValueType(
            expected: types.map(\.expected).joined(separator: " or "), word: types.map(\.word).joined(separator: " or "),
            schema: ["anyOf": .array(types.map(\.schema))],
            read: { node, reading in
                for type in types {
                    let attempt = Reading(environment: reading.environment, vocabulary: reading.vocabulary, tasks: reading.tasks)
                    if type.read(node, attempt) != nil, attempt.errorCount == 0 { return type.read(node, reading) }
                }
                return first.read(node, reading)
            },
            write: { $0 ?? "auto" })
    }
}

extension HyperparametersSpec {
    /// The key table of the hyperparameters of all kinds of providers. Whether a job's provider has one is checked later.
    static func table(_ providers: [ProviderKeys]) -> KeyTable<HyperparametersSpec> {
        var names: [String] = []
        var known: [String: [HyperparameterKey]] = [:]
        for key in providers.flatMap(\.hyperparameters) {
            if known[key.name] == nil { names.append(key.name) }
            if !known[key.name, default: []].contains(where: { $0.form == key.form }) { known[key.name, default: []].append(key) }
        }
        return KeyTable(
            "hyperparameters", "Hyperparameters of a fine-tuning job, by the provider's names and within its limits.",
            blank: HyperparametersSpec(),
            keys: names.map { name in
                let keys = known[name] ?? []
                return .setting(
                    name, .any(of: keys.map(\.form.type)), keys.first?.text ?? "",
                    examples: keys.compactMap(\.example)
                ) { values, value in values[name] = value }
            })
    }
}
