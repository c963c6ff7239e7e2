// ROUGE-L (Lin 2004): the longest common subsequence of words.

/// ROUGE-L in the variants of the COCO evaluation and of rouge-score.
package enum ROUGE {
    /// ROUGE-L of one caption as in the COCO evaluation: the best precision and the best recall over the references,
    /// chosen separately, with recall weighted 1.2² times. 0 without words.
    package static func l(_ answer: [String], references: [[String]]) -> Double {
        var precision = 0.0, recall = 0.0
        for reference in references where !reference.isEmpty && !answer.isEmpty {
            let common = Double(commonLength(answer, reference))
            precision = max(precision, common / Double(answer.count))
            recall = max(recall, common / Double(reference.count))
        }
        guard precision > 0, recall > 0 else { return 0 }
        let weight = 1.2 * 1.2
        return (1 + weight) * precision * recall / (recall + weight * precision)
    }

    /// ROUGE-L as F1 against the best reference, as in rouge-score.
    package static func lF1(_ answer: [String], references: [[String]]) -> Double {
        references.map { reference in
            guard !reference.isEmpty, !answer.isEmpty else { return 0 }
            return 2 * Double(commonLength(answer, reference)) / Double(answer.count + reference.count)
        }.max() ?? 0
    }

    /// The length of the longest common subsequence, computed 64 words at a time (Hyyrö 2004): one block of words of the
    /// shorter text after another, with the carries of the addition passed on. Of more than `Levenshtein.maxSteps`
    /// steps, only the beginning of the longer text is processed, which gives a lower bound.
    static func commonLength(_ a: [String], _ b: [String]) -> Int {
        var number = WordNumbers()
        let first = number(a), second = number(b)
        let (shorter, longer) = first.count <= second.count ? (first, second) : (second, first)
        guard !shorter.isEmpty else { return 0 }
        let longest = max(1, Levenshtein.maxSteps / ((shorter.count + 63) / 64))
        let (pattern, text, kinds) = SymbolNumbers.numbered(pattern: shorter[...], text: longer.prefix(longest))
        var masks = [UInt64](repeating: 0, count: kinds)
        var carries = [Bool](repeating: false, count: text.count)
        var length = 0
        for start in stride(from: 0, to: pattern.count, by: 64) {
            let bits = min(64, pattern.count - start)
            for bit in 0..<bits { masks[Int(pattern[start + bit])] |= 1 << UInt64(bit) }
            var row = ~UInt64(0)
            for (column, word) in text.enumerated() {
                // A word that the whole shorter text lacks changes nothing, carries included.
                guard word > 0 else { continue }
                let mask = masks[Int(word)]
                let (sum, overflow) = row.addingReportingOverflow(row & mask)
                let (next, again) = sum.addingReportingOverflow(carries[column] ? 1 : 0)
                carries[column] = overflow || again
                row = next | (row & ~mask)
            }
            for bit in 0..<bits { masks[Int(pattern[start + bit])] = 0 }
            length += (~row & (bits == 64 ? ~0 : (1 << UInt64(bits)) - 1)).nonzeroBitCount
        }
        return length
    }
}
