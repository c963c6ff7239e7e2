// Sets of tags: hits, references and answers, for each tag and together.

package enum TagScores {
    /// Counts of one tag or of all: hits, in the reference, in the answer.
    package struct Counts: Hashable, Sendable {
        package var hits = 0
        package var inReference = 0
        package var inAnswer = 0

        package init(hits: Int = 0, inReference: Int = 0, inAnswer: Int = 0) {
            self.hits = hits
            self.inReference = inReference
            self.inAnswer = inAnswer
        }

        /// `nil` where neither side has a tag.
        package var f1: Double? { TagScores.f1([Double(hits), Double(inReference), Double(inAnswer)]) }
    }

    /// The counts of one item over all tags.
    package static func counts(reference: Set<String>, answer: Set<String>) -> Counts {
        Counts(
            hits: reference.intersection(answer).count, inReference: reference.count, inAnswer: answer.count)
    }

    /// Counts for each tag of a vocabulary, three numbers a tag: hits, in the reference, in the answer.
    package static func vector(reference: Set<String>, answer: Set<String>, vocabulary: [String]) -> [Double] {
        vocabulary.flatMap { tag in
            let expected = reference.contains(tag), given = answer.contains(tag)
            let cells: [Double] = [expected && given ? 1 : 0, expected ? 1 : 0, given ? 1 : 0]
            return cells
        }
    }

    /// 2·hits / (references + answers) of sums [hits, references, answers]; `nil` where both are 0.
    package static func f1(_ sums: [Double]) -> Double? {
        sums.count == 3 && sums[1] + sums[2] > 0 ? 2 * sums[0] / (sums[1] + sums[2]) : nil
    }

    package static func precision(_ sums: [Double]) -> Double? {
        sums.count == 3 && sums[2] > 0 ? sums[0] / sums[2] : nil
    }

    package static func recall(_ sums: [Double]) -> Double? {
        sums.count == 3 && sums[1] > 0 ? sums[0] / sums[1] : nil
    }

    /// The mean of the tags' F1 from the summed `vector`. A tag that neither references nor answers have does not take part.
    /// - Parameter whole: the sums of the whole sample where `sums` are those of a draw from it: a tag whose references stayed
    ///   outside the draw by chance does not take part either.
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

    /// |common| / |either|; 1 for two empty sets.
    package static func jaccard(reference: Set<String>, answer: Set<String>) -> Double {
        let either = reference.union(answer).count
        return either == 0 ? 1 : Double(reference.intersection(answer).count) / Double(either)
    }

    /// Wrong cells of one item: tags that exactly one side has, and that belong to the vocabulary.
    package static func wrongCells(reference: Set<String>, answer: Set<String>, vocabulary: Set<String>) -> Int {
        reference.symmetricDifference(answer).intersection(vocabulary).count
    }
}
