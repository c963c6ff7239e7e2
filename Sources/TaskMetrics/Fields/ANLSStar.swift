// ANLS* (Peer et al. 2024): texts by similarity, objects by key, lists by the best assignment.

package import Basics

/// ANLS* of one document: the sum of leaf similarities divided by the number of leaves of the matched documents. As
/// in anls-star 1.0.1, a similarity of exactly 0.5 counts. A null key that the reference lacks costs nothing, as that
/// package intends but miscounts.
package enum ANLSStar {
    /// The score against the best of several references; 0 without references or without an answer.
    package static func score(_ answer: JSONValue?, oneOf references: [JSONValue]) -> Double {
        guard let answer else { return 0 }
        return references.map { part($0, answer).score }.max() ?? 0
    }

    private struct Part {
        var sum = 0.0
        var leaves = 0
        var score: Double { leaves > 0 ? sum / Double(leaves) : 1 }

        static func += (a: inout Part, b: Part) {
            a.sum += b.sum
            a.leaves += b.leaves
        }
    }

    private static func leaves(_ value: JSONValue) -> Int {
        switch value {
        case .array(let items): items.reduce(0) { $0 + leaves($1) }
        case .object(let members): members.values.reduce(0) { $0 + leaves($1) }
        default: 1
        }
    }

    private static func isNothing(_ value: JSONValue) -> Bool {
        switch value {
        case .null: true
        case .string(let text): text.isEmpty
        case .array(let items): items.isEmpty
        case .object(let members): members.isEmpty
        default: false
        }
    }

    private static func part(_ reference: JSONValue, _ answer: JSONValue) -> Part {
        switch (reference, answer) {
        case (.null, _):
            return Part(sum: isNothing(answer) ? 1 : 0, leaves: max(1, leaves(answer)))
        case (.array(let expected), .array(let given)): return lists(expected, given)
        case (.object(let expected), .object(let given)):
            var whole = Part()
            for (name, value) in expected { whole += part(value, given[name] ?? .null) }
            for (name, value) in given where expected[name] == nil && !isNothing(value) { whole += part(.null, value) }
            return whole
        case (.array, _), (.object, _), (_, .array), (_, .object), (_, .null):
            return Part(sum: 0, leaves: max(leaves(reference), leaves(answer)))
        default:
            let form = TextForm(ignoresCase: true)
            let a = form.codePoints(FieldValues.text(reference)), b = form.codePoints(FieldValues.text(answer))
            let length = max(a.count, b.count)
            let similarity = length == 0 ? 1 : 1 - Double(Levenshtein.distance(a, b)) / Double(length)
            return Part(sum: similarity < 0.5 ? 0 : similarity, leaves: 1)
        }
    }

    private static func lists(_ expected: [JSONValue], _ given: [JSONValue]) -> Part {
        var whole = Part()
        // For larger lists, only entries at the same position are compared.
        guard expected.count * given.count <= 1_000_000, min(expected.count, given.count) <= 300 else {
            for (a, b) in zip(expected, given) { whole += part(a, b) }
            let shorter = min(expected.count, given.count)
            whole.leaves += (expected[shorter...] + given[shorter...]).reduce(0) { $0 + leaves($1) }
            return whole
        }
        let parts = expected.map { value in given.map { part(value, $0) } }
        // Equal entries take precedence among equally similar ones.
        let weights = zip(expected, parts).map { value, row in
            zip(given, row).map { other, part in value == other ? part.score.nextUp : part.score }
        }
        var left = Set(given.indices)
        for (row, column) in Hungarian.assign(weights).enumerated() {
            if let column {
                whole += parts[row][column]
                left.remove(column)
            } else {
                whole.leaves += leaves(expected[row])
            }
        }
        for column in left { whole.leaves += leaves(given[column]) }
        return whole
    }
}
