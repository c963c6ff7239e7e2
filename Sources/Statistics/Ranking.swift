// A ranking of models or variants, with those that are statistically tied with the best.

/// Entries ordered by accuracy, the best first.
package struct Ranking: Hashable, Sendable, Codable {
    /// One model or variant in the ranking.
    package struct Entry: Hashable, Sendable, Codable {
        /// The name given by the caller.
        package var name: String
        /// Correct answers out of received ones.
        package var score: Proportion
        /// Comparison of the best with this entry; `nil` for the best itself.
        package var comparisonWithBest: Comparison?
        /// The p-value after Holm's adjustment over the ranking; `nil` for the best itself.
        package var adjustedP: Double?

        /// Whether the data cannot distinguish this entry from the best.
        package func isTiedWithBest(alpha: Double = 0.05) -> Bool { (adjustedP ?? 1) >= alpha }
    }

    /// All entries, the best first.
    package var entries: [Entry]

    /// Ranks the candidates with at least one received answer; ties keep the given order.
    package init(_ candidates: [(name: String, answers: [ScoredAnswer])], seed: UInt64 = 1) {
        let judged = candidates.map { candidate in
            let judged = candidate.answers.filter(\.counts)
            return (
                name: candidate.name, answers: candidate.answers,
                score: Proportion(judged.count(where: \.isCorrect), of: judged.count)
            )
        }
        let order = judged.filter { $0.score.n > 0 }.enumerated()
            .sorted { a, b in
                let (p, q) = (a.element.score.value ?? 0, b.element.score.value ?? 0)
                return p == q ? a.offset < b.offset : p > q
            }
            .map(\.element)
        var entries = order.map { Entry(name: $0.name, score: $0.score) }
        for at in entries.indices.dropFirst() {
            entries[at].comparisonWithBest = Comparison.accuracy(order[0].answers, order[at].answers, seed: seed)
        }
        let adjusted = holm(entries.dropFirst().map { $0.comparisonWithBest?.pValue ?? 1 })
        for (at, p) in zip(entries.indices.dropFirst(), adjusted) { entries[at].adjustedP = p }
        self.entries = entries
    }
}
