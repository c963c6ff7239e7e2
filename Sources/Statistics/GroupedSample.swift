// Measured items as vectors, summed by group: the input of every task's metrics, intervals and tests.

import Basics

/// The vectors of items summed by group. A group (document, image, clip) is the unit of bootstrap draws and swaps,
/// because its items are not independent.
package struct GroupedSample: Sendable {
    /// Length of the vectors.
    package let width: Int
    /// The groups in order of first appearance.
    package let groups: [String]
    /// Number of items in each group.
    package let itemCounts: [Int]
    /// The sums, one row of `width` numbers per group.
    package let rows: [Double]

    /// - Parameter items: the group and vector of each item; vectors of a length other than `width` are skipped.
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

    /// Number of independent units.
    package var groupCount: Int { itemCounts.count }
    /// Whether every group has exactly one item, so that items are independent.
    package var isSingleItems: Bool { itemCounts.allSatisfy { $0 == 1 } }

    /// The sum over all groups.
    package var total: [Double] {
        var sums = [Double](repeating: 0, count: width)
        for (at, value) in rows.enumerated() { sums[at % width] += value }
        return sums
    }

    /// The sample with at most `limit` units: merges groups at random, which preserves every sum and the variance of
    /// the units. Two samples with the same groups are merged alike.
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
