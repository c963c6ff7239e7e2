// Measured items as vectors of numbers, summed by group: the form in which every task's metrics are averaged and tested.

import Basics

/// The summed parts of items by group. A group (document, picture, clip) is the unit that is drawn and swapped: its items are not
/// independent of each other.
package struct GroupedSample: Sendable {
    /// Numbers an item contributes.
    package let width: Int
    /// The groups in order of first appearance.
    package let groups: [String]
    /// Items of each group.
    package let itemCounts: [Int]
    /// One row a group.
    package let rows: [Double]

    /// - Parameter items: the group and parts of each item; all with the same number of parts.
    package init(width: Int, items: some Sequence<(group: String, parts: [Double])>) {
        var places: [String: Int] = [:]
        var groups: [String] = [], counts: [Int] = [], rows: [Double] = []
        for (group, parts) in items where parts.count == width {
            let place: Int
            if let known = places[group] {
                place = known
            } else {
                place = groups.count
                places[group] = place
                groups.append(group)
                counts.append(0)
                rows.append(contentsOf: repeatElement(0, count: width))
            }
            counts[place] += 1
            for at in 0..<width { rows[place * width + at] += parts[at] }
        }
        self.width = width
        self.groups = groups
        itemCounts = counts
        self.rows = rows
    }

    init(width: Int, groups: [String], itemCounts: [Int], rows: [Double]) {
        self.width = width
        self.groups = groups
        self.itemCounts = itemCounts
        self.rows = rows
    }

    package var groupCount: Int { itemCounts.count }
    package var itemCount: Int { itemCounts.reduce(0, +) }
    package var isSingleItems: Bool { itemCounts.allSatisfy { $0 == 1 } }

    /// The sum over all groups.
    package var total: [Double] {
        var sums = [Double](repeating: 0, count: width)
        for (at, value) in rows.enumerated() { sums[at % width] += value }
        return sums
    }

    /// The same with at most so many units: groups are put together at random, which keeps every sum and the spread of the
    /// units. Two samples of the same groups are put together alike.
    func bundled(atMost limit: Int, seed: UInt64) -> GroupedSample {
        guard groupCount > limit else { return self }
        var random = SeededRandom(seed: seed)
        var order = Array(0..<groupCount)
        order.shuffle(using: &random)
        var counts = [Int](repeating: 0, count: limit), sums = [Double](repeating: 0, count: limit * width)
        for (at, group) in order.enumerated() {
            let bundle = at % limit
            counts[bundle] += itemCounts[group]
            for part in 0..<width { sums[bundle * width + part] += rows[group * width + part] }
        }
        return GroupedSample(width: width, groups: [], itemCounts: counts, rows: sums)
    }
}
