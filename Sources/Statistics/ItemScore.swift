// The score of one item: named counts that a metric adds up.

/// The score of one item: named counts that metrics add up.
package struct ItemScore: Hashable, Sendable, Codable {
    /// The counts by name. A name that is absent adds nothing, and takes the item out of metrics that are a mean of it.
    package var counts: [String: Double]
    /// Longer parts for metrics of all items, such as the confidences of boxes; empty for most tasks.
    package var lists: [String: [Double]]

    package init(_ counts: [String: Double], lists: [String: [Double]] = [:]) {
        self.counts = counts
        self.lists = lists
    }

    package subscript(name: String) -> Double? { counts[name] }

    private enum CodingKeys: String, CodingKey { case counts, lists }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        counts = try container.decode([String: Double].self, forKey: .counts)
        lists = try container.decodeIfPresent([String: [Double]].self, forKey: .lists) ?? [:]
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(counts, forKey: .counts)
        if !lists.isEmpty { try container.encode(lists, forKey: .lists) }
    }
}
