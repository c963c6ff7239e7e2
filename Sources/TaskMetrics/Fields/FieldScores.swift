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
        if let reference, let answer { compare(reference, answer, at: "", shape) }
    }

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

    private mutating func compare(_ reference: JSONValue, _ answer: JSONValue, at path: String, _ shape: FieldShape?) {
        switch (reference, answer) {
        case (.object(let expected), .object(let given)):
            for (name, value) in expected {
                guard let other = given[name] else { continue }
                compare(value, other, at: path.isEmpty ? name : path + "." + name, shape?[name])
            }
        case (.array, _), (_, .array):
            // A single value counts as a list with one entry.
            let expected = reference.array ?? [reference], given = answer.array ?? [answer]
            for (row, column) in FieldScores.matched(expected, given, shape?.entry) {
                compare(expected[row], given[column], at: path, shape?.entry)
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
            return expected.reduce(0) { sum, member in
                sum + (given[member.key].map { hits(member.value, $0, shape?[member.key]) } ?? 0)
            }
        case (.array, _), (_, .array):
            let expected = reference.array ?? [reference], given = answer.array ?? [answer]
            return matched(expected, given, shape?.entry).reduce(0) {
                $0 + hits(expected[$1.0], given[$1.1], shape?.entry)
            }
        default: return isEqual(reference, answer, shape) ? 1 : 0
        }
    }

    /// Beyond this number of entry pairs, entries that are not equal are matched in order.
    private static let mostPairs = 4_000_000

    /// Matches the entries of an answer with those of the reference: equal entries first, the rest by the number of
    /// equal pairs.
    private static func matched(_ expected: [JSONValue], _ given: [JSONValue], _ shape: FieldShape?) -> [(Int, Int)] {
        var pairs: [(Int, Int)] = []
        var places: [JSONValue: [Int]] = [:]
        for (at, value) in given.enumerated().reversed() { places[value, default: []].append(at) }
        var rows: [Int] = [], taken = Set<Int>()
        for (row, value) in expected.enumerated() {
            if let column = places[value]?.popLast() {
                pairs.append((row, column))
                taken.insert(column)
            } else {
                rows.append(row)
            }
        }
        let columns = given.indices.filter { !taken.contains($0) }
        guard !rows.isEmpty, !columns.isEmpty else { return pairs }
        guard rows.count * columns.count <= mostPairs, min(rows.count, columns.count) <= 300 else {
            return pairs + zip(rows, columns)
        }
        let weights = rows.map { row in columns.map { Double(hits(expected[row], given[$0], shape)) } }
        for (at, column) in Hungarian.assign(weights).enumerated() {
            if let column, weights[at][column] > 0 { pairs.append((rows[at], columns[column])) }
        }
        return pairs
    }
}
