// One-to-one matching of boxes with the same label, in order of decreasing overlap.

/// Matching of boxes without scores.
package enum BoxMatching {
    /// The overlap thresholds 0.5, 0.55 ... 0.95 of COCO averages.
    package static let thresholds = (0..<10).map { 0.5 + 0.05 * Double($0) }

    /// Hits, references and answers of one image at a threshold. Ignores scores. Crowd regions need not be found.
    package static func counts(reference: [Box], answer: [Box], overlap threshold: Double) -> TagScores.Counts {
        counts(reference: reference, answer: answer, overlaps: [threshold])[0]
    }

    /// The counts for several thresholds.
    package static func counts(reference: [Box], answer: [Box], overlaps thresholds: [Double]) -> [TagScores.Counts] {
        let expected = reference.filter { !$0.isCrowd }, crowds = reference.filter(\.isCrowd)
        let byLabel = Dictionary(grouping: expected.indices) { expected[$0].label }
        var pairs: [(overlap: Double, reference: Int, answer: Int)] = []
        for (at, box) in answer.enumerated() {
            for place in byLabel[box.label] ?? [] {
                let overlap = box.overlap(expected[place])
                if overlap > 0 { pairs.append((overlap, place, at)) }
            }
        }
        pairs.sort { ($1.overlap, $0.reference, $0.answer) < ($0.overlap, $1.reference, $1.answer) }
        return thresholds.map { threshold in
            var found = [Bool](repeating: false, count: expected.count)
            var used = [Bool](repeating: false, count: answer.count)
            var hits = 0
            for pair in pairs {
                // Overlaps may miss a threshold only because of rounding.
                if pair.overlap < threshold - 1e-10 { break }
                if found[pair.reference] || used[pair.answer] { continue }
                found[pair.reference] = true
                used[pair.answer] = true
                hits += 1
            }
            let absorbed =
                crowds.isEmpty
                ? 0
                : answer.indices.count { at in
                    !used[at] && crowds.contains { $0.label == answer[at].label && answer[at].overlap($0) >= threshold - 1e-10 }
                }
            return TagScores.Counts(hits: hits, inReference: expected.count, inAnswer: answer.count - absorbed)
        }
    }
}
