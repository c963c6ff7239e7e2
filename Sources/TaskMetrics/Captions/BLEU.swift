// BLEU (Papineni et al. 2002) from counts that can be summed over captions.

import Foundation

/// Corpus BLEU with sacreBLEU's and COCO's conventions.
package enum BLEU {
    /// The settings in sacreBLEU's notation. Reports print it with every BLEU value.
    package static func signature(references: Int?) -> String {
        "nrefs:\(references.map(String.init) ?? "var")|case:mixed|eff:no|tok:13a|smooth:exp"
    }

    /// The counts of one caption: matching n-grams for n = 1 to 4, n-grams in the answer, length of the answer,
    /// length of the closest reference (the shorter one on a tie).
    package static func counts(_ answer: [String], references: [[String]]) -> [Double] {
        var number = WordNumbers()
        let words = number(answer), expected = references.map { number($0) }
        var matches: [Double] = [], totals: [Double] = []
        for n in 1...4 {
            let given = NGrams(words, n).counts
            var most: [[UInt32]: Int] = [:]
            for reference in expected {
                for (gram, count) in NGrams(reference, n).counts where count > most[gram, default: 0] { most[gram] = count }
            }
            matches.append(Double(given.reduce(0) { $0 + min($1.value, most[$1.key] ?? 0) }))
            totals.append(Double(max(0, words.count - n + 1)))
        }
        let closest = expected.map(\.count).min { (abs($0 - words.count), $0) < (abs($1 - words.count), $1) } ?? 0
        return matches + totals + [Double(words.count), Double(closest)]
    }

    /// BLEU of summed counts, 0 to 1, with sacreBLEU's `exp` smoothing: n-gram orders without matches count as 1/2,
    /// 1/4 and so on of a match. `nil` if answer and reference are empty.
    package static func score(_ sums: [Double], effectiveOrder: Bool = false) -> Double? {
        guard sums.count == 10, sums[8] + sums[9] > 0 else { return nil }
        guard sums[0] + sums[1] + sums[2] + sums[3] > 0 else { return 0 }
        var precisions: [Double] = []
        var smallest = 1.0
        for n in 0..<4 {
            guard sums[4 + n] > 0 else { break }
            if sums[n] == 0 { smallest *= 2 }
            precisions.append(sums[n] == 0 ? 1 / (smallest * sums[4 + n]) : sums[n] / sums[4 + n])
        }
        // An answer without any 4-gram has no BLEU-4.
        guard effectiveOrder || precisions.count == 4 else { return 0 }
        let brevity = sums[8] < sums[9] ? exp(1 - sums[9] / sums[8]) : 1
        return brevity * exp(precisions.reduce(0) { $0 + log($1) } / Double(precisions.count))
    }

    /// BLEU-1 to BLEU-4 as in the COCO evaluation: no smoothing except tiny constants.
    package static func coco(_ sums: [Double]) -> [Double] {
        guard sums.count == 10 else { return [] }
        var product = 1.0
        let ratio = (sums[8] + 1e-15) / (sums[9] + 1e-9)
        return (0..<4).map { n in
            product *= (sums[n] + 1e-15) / (sums[4 + n] + 1e-9)
            let score = pow(product, 1 / Double(n + 1))
            return ratio < 1 ? score * exp(1 - 1 / ratio) : score
        }
    }
}
