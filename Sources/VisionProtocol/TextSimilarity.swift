// Text similarity metrics, by the names that graders use.

import Basics
import Foundation

/// Metrics from 0 to 1 over words, or over characters for `fuzzy_match`.
package enum TextSimilarity: String, Hashable, Sendable, Codable, CaseIterable {
    case fuzzyMatch = "fuzzy_match"
    case bleu, gleu
    case rouge1 = "rouge_1"
    case rouge2 = "rouge_2"
    case rouge3 = "rouge_3"
    case rouge4 = "rouge_4"
    case rouge5 = "rouge_5"
    case rougeL = "rouge_l"

    /// The similarity of `text` to `reference`, 0...1. Two empty texts score 1.
    package func score(_ text: String, _ reference: String) -> Double {
        if self == .fuzzyMatch {
            let longest = max(text.count, reference.count)
            return longest == 0 ? 1 : 1 - Double(editDistance(text, reference)) / Double(longest)
        }
        let words = text.split(whereSeparator: \.isWhitespace)
        let others = reference.split(whereSeparator: \.isWhitespace)
        guard !words.isEmpty, !others.isEmpty else { return words.isEmpty && others.isEmpty ? 1 : 0 }
        switch self {
        case .fuzzyMatch, .rouge1: return Self.overlap(words, others, 1)
        case .rouge2: return Self.overlap(words, others, 2)
        case .rouge3: return Self.overlap(words, others, 3)
        case .rouge4: return Self.overlap(words, others, 4)
        case .rouge5: return Self.overlap(words, others, 5)
        case .rougeL:
            let common = Double(Self.longestCommon(words, others))
            return 2 * common / Double(words.count + others.count)
        case .gleu: return Self.gleu(words, others)
        case .bleu: return Self.bleu(words, others)
        }
    }

    private static func grams(_ words: [Substring], _ n: Int) -> [[Substring]: Int] {
        guard words.count >= n else { return [:] }
        return (0...words.count - n).reduce(into: [:]) { $0[Array(words[$1..<$1 + n]), default: 0] += 1 }
    }

    private static func shared(_ a: [[Substring]: Int], _ b: [[Substring]: Int]) -> Int {
        a.reduce(0) { $0 + min($1.value, b[$1.key] ?? 0) }
    }

    /// ROUGE-n as the harmonic mean of precision and recall (Lin 2004).
    private static func overlap(_ words: [Substring], _ others: [Substring], _ n: Int) -> Double {
        let (a, b) = (grams(words, n), grams(others, n))
        let total = a.values.reduce(0, +) + b.values.reduce(0, +)
        return total == 0 ? (words == others ? 1 : 0) : 2 * Double(shared(a, b)) / Double(total)
    }

    /// The smaller of precision and recall over all 1- to 4-grams (Wu et al. 2016).
    private static func gleu(_ words: [Substring], _ others: [Substring]) -> Double {
        var common = 0, most = 0
        for n in 1...4 {
            let (a, b) = (grams(words, n), grams(others, n))
            common += shared(a, b)
            most += max(a.values.reduce(0, +), b.values.reduce(0, +))
        }
        return most == 0 ? 0 : Double(common) / Double(most)
    }

    /// BLEU with n-grams up to the length of the shorter text, at most 4 (Papineni et al. 2002).
    private static func bleu(_ words: [Substring], _ others: [Substring]) -> Double {
        let orders = min(4, words.count, others.count)
        var product = 1.0
        for n in 1...orders {
            let (a, b) = (grams(words, n), grams(others, n))
            product *= Double(shared(a, b)) / Double(a.values.reduce(0, +))
        }
        let brevity = words.count >= others.count ? 1 : exp(1 - Double(others.count) / Double(words.count))
        return brevity * pow(product, 1 / Double(orders))
    }

    private static func longestCommon(_ a: [Substring], _ b: [Substring]) -> Int {
        var row = [Int](repeating: 0, count: b.count + 1)
        for word in a {
            var diagonal = 0
            for (index, other) in b.enumerated() {
                let above = row[index + 1]
                row[index + 1] = word == other ? diagonal + 1 : max(above, row[index])
                diagonal = above
            }
        }
        return row[b.count]
    }
}
