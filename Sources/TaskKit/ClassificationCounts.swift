// Named counts of classification, from which its metrics are summed.

package import Statistics

/// Names of the counts of a classified item.
package enum ClassificationCounts {
    /// 1 for a correct answer, else 0.
    package static let right = "right"
    /// 1 for an item with the label.
    package static func support(_ label: String) -> String { "support/" + label }
    /// 1 for an item with the label, answered correctly.
    package static func correct(_ label: String) -> String { "correct/" + label }
    /// 1 for an item answered with the label, whatever its true label.
    package static func predicted(_ label: String) -> String { "predicted/" + label }

    /// The counts of an answer that was received.
    package static func score(label: String, matched: String?, isCorrect: Bool) -> ItemScore {
        var counts = [right: isCorrect ? 1.0 : 0, support(label): 1]
        if let matched { counts[predicted(matched)] = 1 }
        if isCorrect { counts[correct(label)] = 1 }
        return ItemScore(counts)
    }
}

extension ScoredAnswer {
    /// The counts of the answer, for any task; `nil` for a missing answer.
    package var itemScore: ItemScore? {
        guard counts else { return nil }
        return item?.score ?? ClassificationCounts.score(label: label, matched: matched, isCorrect: isCorrect)
    }
}
