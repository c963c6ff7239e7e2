// Scores of tag sets: hits, references and answers, per tag and in total.

/// Scores of tag sets from summable counts.
package enum TagScores {
    /// Counts of one tag or of all tags.
    package struct Counts: Hashable, Sendable {
        /// Number of tags in both reference and answer.
        package var hits = 0
        /// Number of tags in the reference.
        package var inReference = 0
        /// Number of tags in the answer.
        package var inAnswer = 0

        /// Creates counts; `hits` is at most either of the others.
        package init(hits: Int = 0, inReference: Int = 0, inAnswer: Int = 0) {
            self.hits = hits
            self.inReference = inReference
            self.inAnswer = inAnswer
        }

        /// F1 of the counts; `nil` if neither side has a tag.
        package var f1: Double? { TagScores.f1([Double(hits), Double(inReference), Double(inAnswer)]) }
    }

    /// The counts of one item over all tags.
    package static func counts(reference: Set<String>, answer: Set<String>) -> Counts {
        Counts(
            hits: reference.intersection(answer).count, inReference: reference.count, inAnswer: answer.count)
    }

    /// The counts of each tag in a vocabulary, three numbers per tag: hits, in the reference, in the answer.
    package static func vector(reference: Set<String>, answer: Set<String>, vocabulary: [String]) -> [Double] {
        vocabulary.flatMap { tag in
            let expected = reference.contains(tag), given = answer.contains(tag)
            let cells: [Double] = [expected && given ? 1 : 0, expected ? 1 : 0, given ? 1 : 0]
            return cells
        }
    }

    /// F1, 2·hits / (references + answers), of sums [hits, references, answers]; `nil` if both are 0.
    package static func f1(_ sums: [Double]) -> Double? {
        sums.count == 3 && sums[1] + sums[2] > 0 ? 2 * sums[0] / (sums[1] + sums[2]) : nil
    }

    /// hits / answers, of sums [hits, references, answers]; `nil` without answers.
    package static func precision(_ sums: [Double]) -> Double? {
        sums.count == 3 && sums[2] > 0 ? sums[0] / sums[2] : nil
    }

    /// hits / references, of sums [hits, references, answers]; `nil` without references.
    package static func recall(_ sums: [Double]) -> Double? {
        sums.count == 3 && sums[1] > 0 ? sums[0] / sums[1] : nil
    }

    /// The mean of the tags' F1 from the summed `vector`. Tags without references and answers are excluded.
    /// - Parameter whole: the sums of the whole sample if `sums` belong to a bootstrap draw: a tag whose references
    ///   are absent from the draw by chance is then excluded too.
    package static func macroF1(_ sums: [Double], of whole: [Double]? = nil) -> Double? {
        var total = 0.0, tags = 0
        for start in stride(from: 0, to: sums.count - sums.count % 3, by: 3) {
            let expected = sums[start + 1], given = sums[start + 2]
            let isLeftOutByChance = expected == 0 && (whole?[start + 1] ?? 0) > 0
            guard expected + given > 0, !isLeftOutByChance else { continue }
            total += 2 * sums[start] / (expected + given)
            tags += 1
        }
        return tags > 0 ? total / Double(tags) : nil
    }

    /// Jaccard index, |intersection| / |union|; 1 for two empty sets.
    package static func jaccard(reference: Set<String>, answer: Set<String>) -> Double {
        let either = reference.union(answer).count
        return either == 0 ? 1 : Double(reference.intersection(answer).count) / Double(either)
    }

    /// Number of wrong cells of one item: tags of the vocabulary that exactly one side has.
    package static func wrongCells(reference: Set<String>, answer: Set<String>, vocabulary: Set<String>) -> Int {
        reference.symmetricDifference(answer).intersection(vocabulary).count
    }
}
