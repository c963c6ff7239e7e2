// Normalized tree edit distance of documents (Donut, Kim et al. 2022).

package import Basics

/// nTED accuracy: 1 - distance(answer, reference) / distance(nothing, reference), at least 0. The order of list
/// entries counts.
package enum TreeEditDistance {
    /// The accuracy of one document; 1 for two empty ones. `nil` for documents too large to compare (see
    /// `maxSteps`).
    package static func accuracy(reference: JSONValue, answer: JSONValue?) -> Double? {
        let expected = Tree(FieldValues.normalised(reference))
        let given = Tree(answer.flatMap(FieldValues.normalised))
        guard expected.weight > 0 else { return given.weight == 0 ? 1 : 0 }
        // Every edit script costs at least the difference of the weights.
        if given.weight >= 2 * expected.weight || given.weight == 0 { return 0 }
        guard let distance = distance(given, expected) else { return nil }
        return max(0, 1 - Double(distance) / Double(expected.weight))
    }

    /// Maximum number of node pairs compared, about two seconds of work.
    static let maxSteps = 25_000_000

    /// A document as a tree in postorder. Members are sorted by length of the name, then by name.
    struct Tree {
        enum Label: Equatable {
            case inner([UInt32])
            case leaf([UInt32])

            var cost: Int { if case .leaf(let text) = self { text.count } else { 1 } }
        }

        private(set) var labels: [Label] = []
        /// The first leaf below each node.
        private(set) var firstLeaf: [Int] = []
        /// The cost of removing every node except the root.
        private(set) var weight = 0

        init(_ value: JSONValue?) {
            if let value { addMembers(of: value) }
            weight = labels.reduce(0) { $0 + $1.cost }
            add(.inner([]), from: 0)
        }

        private mutating func add(_ label: Label, from start: Int) {
            labels.append(label)
            firstLeaf.append(start)
        }

        private mutating func addMembers(of value: JSONValue) {
            switch value {
            case .object(let members):
                let form = TextForm(foldsSpace: false)
                let sorted = members.map { (name: form.codePoints($0.key), value: $0.value) }.sorted {
                    $0.name.count == $1.name.count
                        ? $0.name.lexicographicallyPrecedes($1.name) : $0.name.count < $1.name.count
                }
                for member in sorted {
                    let start = labels.count
                    // Every value counts as a list, so that a single line item costs as much as each of several.
                    addMembers(of: member.value.object == nil ? member.value : .array([member.value]))
                    add(.inner(member.name), from: start)
                }
            case .array(let items):
                for item in items {
                    let start = labels.count
                    addMembers(of: item)
                    // Donut's node name for list entries.
                    if item.object != nil || item.array != nil {
                        add(.inner("<subtree>".unicodeScalars.map(\.value)), from: start)
                    }
                }
            default: add(.leaf(FieldValues.text(value).unicodeScalars.map(\.value)), from: labels.count)
            }
        }

        /// The nodes with a left sibling, and the root: the last node for each first leaf.
        var keyRoots: [Int] {
            var last: [Int: Int] = [:]
            for (at, leaf) in firstLeaf.enumerated() { last[leaf] = at }
            return last.values.sorted()
        }
    }

    private static func change(_ a: Tree.Label, _ b: Tree.Label) -> Int {
        switch (a, b) {
        case (.leaf(let a), .leaf(let b)): Levenshtein.distance(a, b)
        case (.inner, .leaf(let text)), (.leaf(let text), .inner): 1 + text.count
        case (.inner(let a), .inner(let b)): a == b ? 0 : 1
        }
    }

    /// Zhang and Shasha's algorithm (1989); `nil` if it needs too many steps.
    private static func distance(_ a: Tree, _ b: Tree) -> Int? {
        let rootsA = a.keyRoots, rootsB = b.keyRoots
        func size(_ tree: Tree, _ roots: [Int]) -> Int { roots.reduce(0) { $0 + $1 - tree.firstLeaf[$1] + 1 } }
        let (steps, isTooLarge) = size(a, rootsA).multipliedReportingOverflow(by: size(b, rootsB))
        guard !isTooLarge, steps <= maxSteps else { return nil }
        let width = b.labels.count
        // Each pair of nodes takes memory, and each pair of leaves may be compared, 64 characters at a time.
        guard a.labels.count * width <= maxSteps / 4,
            a.weight.saturatingMultiplied(by: b.weight) / 64 <= 10 * maxSteps
        else { return nil }
        var trees = [Int](repeating: 0, count: a.labels.count * width)
        var changes = [Int](repeating: -1, count: a.labels.count * width)
        for rootA in rootsA {
            for rootB in rootsB {
                let startA = a.firstLeaf[rootA], startB = b.firstLeaf[rootB]
                let rows = rootA - startA + 2, columns = rootB - startB + 2
                var forest = [Int](repeating: 0, count: rows * columns)
                for row in 1..<rows { forest[row * columns] = forest[(row - 1) * columns] + a.labels[startA + row - 1].cost }
                for column in 1..<columns { forest[column] = forest[column - 1] + b.labels[startB + column - 1].cost }
                for row in 1..<rows {
                    let nodeA = startA + row - 1
                    for column in 1..<columns {
                        let nodeB = startB + column - 1
                        let without = min(
                            forest[(row - 1) * columns + column] + a.labels[nodeA].cost,
                            forest[row * columns + column - 1] + b.labels[nodeB].cost)
                        if a.firstLeaf[nodeA] == startA, b.firstLeaf[nodeB] == startB {
                            let at = nodeA * width + nodeB
                            if changes[at] < 0 { changes[at] = change(a.labels[nodeA], b.labels[nodeB]) }
                            let best = min(without, forest[(row - 1) * columns + column - 1] + changes[at])
                            forest[row * columns + column] = best
                            trees[at] = best
                        } else {
                            let before = (a.firstLeaf[nodeA] - startA) * columns + b.firstLeaf[nodeB] - startB
                            forest[row * columns + column] = min(without, forest[before] + trees[nodeA * width + nodeB])
                        }
                    }
                }
            }
        }
        return trees[trees.count - 1]
    }
}
