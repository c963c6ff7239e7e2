// ANLS* (Peer et al. 2024): texts by similarity, objects by key, lists by the best assignment.

package import Basics

/// ANLS* of one document: the sum of leaf similarities divided by the number of leaves of the matched documents. As
/// in anls-star 1.0.1, a similarity of exactly 0.5 counts. A null key that the reference lacks costs nothing, as that
/// package intends but miscounts.
package enum ANLSStar {
    /// The score against the best of several references; 0 without references or without an answer.
    package static func score(_ answer: JSONValue?, oneOf references: [JSONValue]) -> Double {
        guard let answer else { return 0 }
        return references.map { reference in
            var stepsLeft = maxSteps
            return part(reference, answer, &stepsLeft).score
        }.max() ?? 0
    }

    /// The number of steps to match the entries of lists, a few seconds of work. Of the lists for which too few are
    /// left, only entries at the same position are compared.
    private static let maxSteps = 200_000_000

    /// About the number of steps that comparing all entries of two lists takes: each pair of values, and 64 pairs of
    /// their characters at a time.
    private static func steps(_ expected: [JSONValue], _ given: [JSONValue]) -> Int {
        func size(_ value: JSONValue) -> (values: Int, characters: Int) {
            let inner: [(values: Int, characters: Int)] =
                switch value {
                case .array(let items): items.map(size)
                case .object(let members): members.values.map(size)
                case .string(let text): [(0, text.utf8.count)]
                default: [(0, 8)]
                }
            return inner.reduce((1, 0)) { ($0.0 + $1.values, $0.1 + $1.characters) }
        }
        let one = size(.array(expected)), two = size(.array(given))
        return one.values.saturatingMultiplied(by: two.values).saturatingMultiplied(by: 100)
            .saturatingAdding(one.characters.saturatingMultiplied(by: two.characters) / 32)
    }

    private static func byName(_ members: [String: JSONValue]) -> [(key: String, value: JSONValue)] {
        members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
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

    private static func part(_ reference: JSONValue, _ answer: JSONValue, _ stepsLeft: inout Int) -> Part {
        switch (reference, answer) {
        case (.null, _):
            return Part(sum: isNothing(answer) ? 1 : 0, leaves: max(1, leaves(answer)))
        case (.array(let expected), .array(let given)): return lists(expected, given, &stepsLeft)
        case (.object(let expected), .object(let given)):
            var whole = Part()
            for (name, value) in byName(expected) { whole += part(value, given[name] ?? .null, &stepsLeft) }
            for (name, value) in byName(given) where expected[name] == nil && !isNothing(value) {
                whole += part(.null, value, &stepsLeft)
            }
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

    private static func lists(_ expected: [JSONValue], _ given: [JSONValue], _ stepsLeft: inout Int) -> Part {
        var whole = Part()
        // Two single entries need no assignment. For larger lists, only entries at the same position are compared.
        let isSingle = expected.count <= 1 && given.count <= 1
        let steps = isSingle ? 0 : steps(expected, given)
        guard !isSingle, expected.count * given.count <= 1_000_000, min(expected.count, given.count) <= 300, steps <= stepsLeft
        else {
            for (a, b) in zip(expected, given) { whole += part(a, b, &stepsLeft) }
            let shorter = min(expected.count, given.count)
            whole.leaves += (expected[shorter...] + given[shorter...]).reduce(0) { $0 + leaves($1) }
            return whole
        }
        stepsLeft -= steps
        let parts = expected.map { value in
            given.map { other -> Part in
                // They include those of the lists inside.
                var stepsInside = steps
                return part(value, other, &stepsInside)
            }
        }
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
