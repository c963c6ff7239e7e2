// Random answers in the requested format, for tasks that the emulator's model cannot do.

import Basics

/// A random answer. The pictures seed it, or the text of a question without any, so equal questions get equal answers.
struct ChanceAnswer {
    private var random: SeededRandom
    /// The maximum number of list members, and of nesting levels.
    private static let maxSize = 4
    /// The maximum number of members of a list whose schema requires more than the usual ones.
    private static let maxRequired = 64

    /// - Parameter text: the pictures in Base64, or the text of the question.
    init(seededBy text: String) {
        random = SeededRandom(seed: Digest(of: text).words.0)
    }

    /// The answer's text.
    /// - Parameter labels: the labels that the request lists; empty for any text.
    mutating func text(_ form: AnswerForm, labels: [String] = []) -> String {
        switch form {
        case .text, .json: form.text(labels.isEmpty ? words() : labels[below(labels.count)])
        case .value(let property, let schema): JSONValue.object([property: value(schema, depth: 0)]).canonical
        }
    }

    /// A value that matches a schema, limited to what strict schemas allow.
    private mutating func value(_ schema: JSONValue, depth: Int) -> JSONValue {
        if let choices = schema["enum"]?.array, !choices.isEmpty { return choices[below(choices.count)] }
        if let constant = schema["const"] { return constant }
        if let choices = schema["anyOf"]?.array, !choices.isEmpty { return value(choices[below(choices.count)], depth: depth) }
        let types = schema["type"]?.array?.compactMap(\.string) ?? [schema["type"]?.string ?? "string"]
        switch types.isEmpty ? "string" : types[below(types.count)] {
        case "null": return .null
        case "boolean": return .bool(below(2) == 0)
        case "integer":
            let (low, high) = range(schema)
            let first = Int(saturating: low.rounded(.up))
            return .int(Int64(first.saturatingAdding(below(Int(saturating: high - low).saturatingAdding(1)))))
        case "number":
            let (low, high) = range(schema)
            let drawn = ((low + random.unit() * (high - low)) * 100).rounded() / 100
            return .double(drawn.isFinite ? drawn : low)
        case "array":
            guard depth < ChanceAnswer.maxSize else { return .array([]) }
            func bounded(_ name: String, _ usual: Int) -> Int {
                min(max(0, schema[name]?.int ?? usual), ChanceAnswer.maxRequired)
            }
            let least = bounded("minItems", 0)
            let count = least + below(max(0, bounded("maxItems", ChanceAnswer.maxSize) - least) + 1)
            return .array((0..<count).map { _ in value(schema["items"] ?? ["type": "string"], depth: depth + 1) })
        case "object":
            guard depth < 2 * ChanceAnswer.maxSize else { return [:] }
            return .object(
                (schema["properties"]?.object ?? [:]).sorted { $0.key < $1.key }.reduce(into: [:]) { members, member in
                    members[member.key] = value(member.value, depth: depth + 1)
                })
        default: return .string(words())
        }
    }

    private func range(_ schema: JSONValue) -> (Double, Double) {
        let low = schema["minimum"]?.double ?? 0
        return (low, max(low, min(schema["maximum"]?.double ?? low + 1000, low + 1e9)))
    }

    /// One to three words of random letters.
    private mutating func words() -> String {
        (0...below(3)).map { _ in
            String((0..<(2 + below(7))).map { _ in Character(Unicode.Scalar(UInt8(97 + below(26)))) })
        }.joined(separator: " ")
    }

    private mutating func below(_ count: Int) -> Int { Int(random.next() % UInt64(max(1, count))) }
}
