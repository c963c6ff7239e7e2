// chrF (Popović 2015): matching character n-grams of lengths 1 to 6, with recall weighted twice as much.

/// Corpus chrF2: the counts of all captions are summed before the score is computed, as in sacreBLEU.
package enum ChrF {
    /// The counts of one caption against its best reference: for n = 1 to 6, n-grams in the answer, in the reference,
    /// and in both. Ignores white space.
    package static func counts(_ answer: String, references: [String]) -> [Double] {
        func characters(_ text: String) -> [UInt32] {
            text.unicodeScalars.filter { !TextForm.isSpace($0) }.map(\.value)
        }
        let given = characters(answer)
        var best = [Double](repeating: 0, count: 18), bestScore = -1.0
        for reference in references {
            let expected = characters(reference)
            let counts = (1...6).flatMap { n -> [Double] in
                let a = NGrams(given, n).counts, b = NGrams(expected, n).counts
                let all = Double(a.values.reduce(0, +))
                return [
                    b.isEmpty ? 0 : all, Double(b.values.reduce(0, +)),
                    Double(a.reduce(0) { $0 + min($1.value, b[$1.key] ?? 0) }),
                ]
            }
            let score = score(counts) ?? 0
            if score > bestScore { (best, bestScore) = (counts, score) }
        }
        return best
    }

    /// chrF2 of summed counts, 0 to 1: precision and recall averaged over the n-gram lengths that both sides have.
    /// `nil` if both are empty.
    package static func score(_ sums: [Double]) -> Double? {
        guard sums.count == 18 else { return nil }
        var precision = 0.0, recall = 0.0, orders = 0.0
        for start in stride(from: 0, to: 18, by: 3) where sums[start] > 0 && sums[start + 1] > 0 {
            precision += sums[start + 2] / sums[start]
            recall += sums[start + 2] / sums[start + 1]
            orders += 1
        }
        guard sums.contains(where: { $0 > 0 }) else { return nil }
        guard orders > 0, precision + recall > 0 else { return 0 }
        precision /= orders
        recall /= orders
        return 5 * precision * recall / (4 * precision + recall)
    }
}
