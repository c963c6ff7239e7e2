// The score of one item: named counts from which metrics are summed.

/// The score of one item: named counts from which metrics are summed.
package struct ItemScore: Hashable, Sendable, Codable {
    /// The counts by name. An absent name adds nothing to sums and excludes the item from means of that count.
    package var counts: [String: Double]
    /// Variable-length data for metrics over all items, such as box confidences; empty for most tasks.
    package var lists: [String: [Double]]

    /// - Parameter lists: variable-length data; empty for most tasks.
    package init(_ counts: [String: Double], lists: [String: [Double]] = [:]) {
        self.counts = counts
        self.lists = lists
    }

    /// The count of that name; `nil` if the item does not have it.
    package subscript(name: String) -> Double? { counts[name] }

    private enum CodingKeys: String, CodingKey { case counts, lists }

    /// Decodes the compact form written by `encode`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        counts = try container.decode([String: Double].self, forKey: .counts)
        lists = try container.decodeIfPresent([String: [Double]].self, forKey: .lists) ?? [:]
    }

    /// Encodes the counts, and the lists unless they are empty.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(counts, forKey: .counts)
        if !lists.isEmpty { try container.encode(lists, forKey: .lists) }
    }
}

extension Int {
    /// The number of items in a sum of counts, from 0 to 10^10. Stored scores may come with somebody else's project or crate:
    /// within these bounds, sums over labels cannot overflow. NaN becomes 0.
    package init(counting sum: Double) { self = sum > 0 ? Int(Swift.min(sum, 1e10)) : 0 }
}
