// ROUGE-L (Lin 2004): the longest common subsequence of words.

/// ROUGE-L in the variants of the COCO evaluation and of rouge-score.
package enum ROUGE {
    /// ROUGE-L of one caption as in the COCO evaluation: the best precision and the best recall over the references,
    /// each on its own, with recall weighted 1.2² as much. 0 without words.
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

    /// The length of the longest common subsequence, computed 64 words at a time (Hyyrö 2004).
    static func commonLength(_ a: [String], _ b: [String]) -> Int {
        var number = WordNumbers()
        let pattern = number(a), text = number(b)
        let blocks = (pattern.count + 63) / 64
        guard blocks > 0 else { return 0 }
        var masks: [UInt32: [UInt64]] = [:]
        for (at, word) in pattern.enumerated() {
            masks[word, default: Array(repeating: 0, count: blocks)][at / 64] |= 1 << UInt64(at % 64)
        }
        var row = [UInt64](repeating: ~0, count: blocks)
        for word in text {
            guard let mask = masks[word] else { continue }
            var carry: UInt64 = 0
            for block in 0..<blocks {
                let common = row[block] & mask[block]
                let (first, overflow) = row[block].addingReportingOverflow(common)
                let (sum, again) = first.addingReportingOverflow(carry)
                carry = overflow || again ? 1 : 0
                row[block] = sum | (row[block] & ~mask[block])
            }
        }
        return row.enumerated().reduce(0) { total, block in
            let bits = min(64, pattern.count - 64 * block.offset)
            let used: UInt64 = bits == 64 ? ~0 : (1 << UInt64(bits)) - 1
            return total + (~block.element & used).nonzeroBitCount
        }
    }
}
