// Infers the types of fields from the references of a dataset, for a new spec.

import Basics
import Foundation

/// A type that all values of a field have, as the option `fields` writes it.
indirect enum FieldType: Hashable, Sendable {
    /// One of the words of the option: `number`.
    case word(String)
    case map([String: FieldType])
    case list(FieldType)

    /// The type of values that may be `null`. A single value counts as a list with one entry where others are lists. Values of
    /// different types, and no values, are text.
    init(of values: [JSONValue]) {
        let values = values.filter { $0 != .null }
        let objects = values.compactMap(\.object)
        if !values.isEmpty, objects.count == values.count, objects.contains(where: { !$0.isEmpty }) {
            var fields: [String: [JSONValue]] = [:]
            for object in objects { for (name, value) in object { fields[name, default: []].append(value) } }
            self = .map(fields.mapValues { FieldType(of: $0) })
            return
        }
        if values.contains(where: { $0.array != nil }) {
            self = .list(FieldType(of: values.flatMap { $0.array ?? [$0] }))
            return
        }
        self = .word(FieldType.word(for: values))
    }

    private static func word(for values: [JSONValue]) -> String {
        guard !values.isEmpty else { return "text" }
        func all(_ holds: (JSONValue) -> Bool) -> Bool { values.allSatisfy(holds) }
        if all({ if case .int = $0 { true } else { false } }) { return "integer" }
        if all({ if case .int = $0 { true } else if case .double = $0 { true } else { false } }) { return "number" }
        if all({ if case .bool = $0 { true } else { false } }) { return "boolean" }
        if all({ $0.string?.wholeMatch(of: #/\d{4}-\d{2}-\d{2}/#) != nil }) { return "date" }
        return "text"
    }

    /// The type as a value of the option.
    var option: JSONValue {
        switch self {
        case .word(let word): .string(word)
        case .map(let fields): .object(fields.mapValues(\.option))
        case .list(let entry): .array([entry.option])
        }
    }
}
