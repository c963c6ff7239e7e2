// Field scores: the pairs of path and value shared by reference and answer.

package import Basics

/// The scores of one document. List entries are matched before their fields are compared, so a correct price on the
/// wrong line does not count; the order of entries does not matter.
package struct FieldScores: Hashable, Sendable {
    /// Counts by path, such as `items.price`, without positions in lists.
    package private(set) var byPath: [String: TagScores.Counts] = [:]

    /// The counts over all paths.
    package var total: TagScores.Counts {
        byPath.values.reduce(into: TagScores.Counts()) { sum, counts in
            sum.hits += counts.hits
            sum.inReference += counts.inReference
            sum.inAnswer += counts.inAnswer
        }
    }

    /// Whether both sides have the same pairs.
    package var isExact: Bool {
        let total = total
        return total.hits == total.inReference && total.hits == total.inAnswer
    }

    /// - Parameter answer: `nil` for an unreadable answer: nothing was found.
    package init(reference: JSONValue, answer: JSONValue?, shape: FieldShape? = nil) {
        let reference = FieldValues.normalised(reference), answer = answer.flatMap(FieldValues.normalised)
        if let reference { count(reference, at: "", \.inReference) }
        if let answer { count(answer, at: "", \.inAnswer) }
        var stepsLeft = FieldScores.maxSteps
        if let reference, let answer { compare(reference, answer, at: "", shape, &stepsLeft) }
    }

    /// The number of pairs of values that are compared to match the entries of lists, a few seconds of work. The lists
    /// for which too few are left are matched in order.
    private static let maxSteps = 10_000_000

    /// Counts over pairs of path and text without matching list entries first, as in Donut's `cal_f1`: it does not
    /// detect a value on the wrong line. For comparison with published figures.
    package static func flattened(reference: JSONValue, answer: JSONValue?) -> TagScores.Counts {
        func pairs(_ value: JSONValue?, _ path: String) -> [ExactText] {
            switch value {
            case .array(let items)?: items.flatMap { pairs($0, path) }
            case .object(let members)?: members.flatMap { pairs($0.value, path + "\u{0}" + $0.key) }
            case let leaf?: [ExactText(path + "\u{1}" + FieldValues.text(leaf))]
            case nil: []
            }
        }
        let expected = pairs(FieldValues.normalised(reference), ""), given = pairs(answer.flatMap(FieldValues.normalised), "")
        var left: [ExactText: Int] = [:]
        for pair in expected { left[pair, default: 0] += 1 }
        let hits = given.count { pair in
            guard let count = left[pair], count > 0 else { return false }
            left[pair] = count - 1
            return true
        }
        return TagScores.Counts(hits: hits, inReference: expected.count, inAnswer: given.count)
    }

    private mutating func count(_ value: JSONValue, at path: String, _ side: WritableKeyPath<TagScores.Counts, Int>) {
        switch value {
        case .array(let items): for item in items { count(item, at: path, side) }
        case .object(let members):
            for (name, member) in members { count(member, at: path.isEmpty ? name : path + "." + name, side) }
        default: byPath[path, default: TagScores.Counts()][keyPath: side] += 1
        }
    }

    private mutating func compare(
        _ reference: JSONValue, _ answer: JSONValue, at path: String, _ shape: FieldShape?, _ stepsLeft: inout Int
    ) {
        switch (reference, answer) {
        case (.object(let expected), .object(let given)):
            let shapes = FieldScores.shapes(shape)
            // In order of their names, so that the same lists are matched in order whenever there are too many.
            for (name, value) in expected.sorted(by: { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }) {
                guard let other = given[name] else { continue }
                compare(value, other, at: path.isEmpty ? name : path + "." + name, shapes[name], &stepsLeft)
            }
        case (.array, _), (_, .array):
            // A single value counts as a list with one entry.
            let expected = reference.array ?? [reference], given = answer.array ?? [answer]
            if expected.count == 1, given.count == 1 {
                return compare(expected[0], given[0], at: path, shape?.entry, &stepsLeft)
            }
            let steps = FieldScores.steps(expected, given)
            let isAffordable = steps <= stepsLeft
            if isAffordable { stepsLeft -= steps }
            let pairs =
                isAffordable
                ? FieldScores.matched(expected, given, shape?.entry)
                : zip(expected.indices, given.indices).map { Match(row: $0, column: $1, hits: 0) }
            for pair in pairs {
                compare(expected[pair.row], given[pair.column], at: path, shape?.entry, &stepsLeft)
            }
        default:
            if FieldScores.isEqual(reference, answer, shape) { byPath[path, default: TagScores.Counts()].hits += 1 }
        }
    }

    private static func isEqual(_ reference: JSONValue, _ answer: JSONValue, _ shape: FieldShape?) -> Bool {
        guard reference.object == nil, answer.object == nil else { return false }
        let shape = shape ?? (FieldValues.isNumber(reference) ? .number : nil)
        return FieldValues.key(reference, shape: shape) == FieldValues.key(answer, shape: shape)
    }

    /// Number of equal pairs between two values, as counted by `compare`.
    private static func hits(_ reference: JSONValue, _ answer: JSONValue, _ shape: FieldShape?) -> Int {
        switch (reference, answer) {
        case (.object(let expected), .object(let given)):
            let shapes = shapes(shape)
            return expected.reduce(0) { sum, member in
                sum + (given[member.key].map { hits(member.value, $0, shapes[member.key]) } ?? 0)
            }
        case (.array, _), (_, .array):
            return matched(reference.array ?? [reference], answer.array ?? [answer], shape?.entry).reduce(0) { $0 + $1.hits }
        default: return isEqual(reference, answer, shape) ? 1 : 0
        }
    }

    /// The declared members of an object by name.
    private static func shapes(_ shape: FieldShape?) -> [String: FieldShape] {
        guard case .object(let fields)? = shape else { return [:] }
        return Dictionary(fields.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    }

    /// The number of values, lists and objects in a value, and the depth of their nesting.
    private static func size(_ value: JSONValue) -> (count: Int, depth: Int) {
        let inner: [(count: Int, depth: Int)] =
            switch value {
            case .array(let items): items.map(size)
            case .object(let members): members.values.map(size)
            default: []
            }
        return (inner.reduce(1) { $0 + $1.count }, 1 + (inner.map(\.depth).max() ?? 0))
    }

    /// The largest number of pairs of values that matching two lists compares.
    private static func steps(_ expected: [JSONValue], _ given: [JSONValue]) -> Int {
        let one = size(.array(expected)), two = size(.array(given))
        // A single value is compared with the contents of nested lists, once for each level.
        return one.count.saturatingMultiplied(by: two.count).saturatingMultiplied(by: 1 + max(one.depth, two.depth) / 8)
    }

    /// A reference entry, the answer entry that it is matched with, and the number of their equal pairs.
    private struct Match {
        var row: Int
        var column: Int
        var hits: Int
    }

    /// Beyond this number of entry pairs, entries that are not equal are matched in order.
    private static let maxPairs = 4_000_000

    /// Matches the entries of an answer with those of the reference: equal entries first, the rest by the number of
    /// equal pairs. Each pair is compared once, as nested lists would multiply every further comparison.
    private static func matched(_ expected: [JSONValue], _ given: [JSONValue], _ shape: FieldShape?) -> [Match] {
        if expected.count == 1, given.count == 1 {
            return [Match(row: 0, column: 0, hits: hits(expected[0], given[0], shape))]
        }
        var pairs: [Match] = []
        var places: [JSONValue: [Int]] = [:]
        for (at, value) in given.enumerated().reversed() { places[value, default: []].append(at) }
        var rows: [Int] = [], taken = Set<Int>()
        for (row, value) in expected.enumerated() {
            if let column = places[value]?.popLast() {
                pairs.append(Match(row: row, column: column, hits: leaves(value)))
                taken.insert(column)
            } else {
                rows.append(row)
            }
        }
        let columns = given.indices.filter { !taken.contains($0) }
        guard !rows.isEmpty, !columns.isEmpty else { return pairs }
        guard rows.count * columns.count <= maxPairs, min(rows.count, columns.count) <= 300 else {
            return pairs
                + zip(rows, columns).map { Match(row: $0, column: $1, hits: hits(expected[$0], given[$1], shape)) }
        }
        let weights = rows.map { row in columns.map { Double(hits(expected[row], given[$0], shape)) } }
        for (at, column) in Hungarian.assign(weights).enumerated() {
            if let column, weights[at][column] > 0 {
                pairs.append(Match(row: rows[at], column: columns[column], hits: Int(weights[at][column])))
            }
        }
        return pairs
    }

    /// The number of pairs of a value with itself.
    private static func leaves(_ value: JSONValue) -> Int {
        switch value {
        case .array(let items): items.reduce(0) { $0 + leaves($1) }
        case .object(let members): members.values.reduce(0) { $0 + leaves($1) }
        default: 1
        }
    }
}
