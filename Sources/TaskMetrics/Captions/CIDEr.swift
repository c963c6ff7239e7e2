// CIDEr-D (Vedantam et al. 2015): n-grams that occur in few images weigh more.

import Foundation

/// The n-gram weights from the references of one evaluated set. Bootstrap draws do not change them. Words can be any
/// hashable type, such as texts or their hashes.
package struct CIDEr<Word: Hashable & Sendable>: Sendable {
    /// For each n-gram, the number of images with it in a reference; n-grams of a single image are not stored.
    private var pictures: [[Word]: Int32] = [:]
    private let logCount: Double

    /// - Parameter references: the tokenized references of every image.
    package init(references: [[[Word]]]) {
        for picture in references {
            var seen = Set<[Word]>()
            for reference in picture {
                for n in 1...4 { seen.formUnion(CIDEr.runs(reference, n).keys) }
            }
            for run in seen { pictures[run, default: 0] += 1 }
        }
        pictures = pictures.filter { $0.value > 1 }
        logCount = log(Double(references.count))
    }

    /// A score from 0 to 10. With a single image in the set, every weight and every score is 0. 0 without references.
    package func score(_ answer: [Word], references: [[Word]]) -> Double {
        guard !references.isEmpty else { return 0 }
        let given = vectors(answer)
        var sum = 0.0
        for reference in references {
            let expected = vectors(reference)
            let apart = Double(given.runsOfTwo - expected.runsOfTwo)
            let penalty = exp(-apart * apart / (2 * 6 * 6))
            var similarity = 0.0
            for n in 0..<4 {
                // Sorted, so that rounding does not depend on dictionary order.
                var products: [Double] = []
                for (run, weight) in given.weights[n] {
                    if let other = expected.weights[n][run] { products.append(min(weight, other) * other) }
                }
                var product = products.sorted().reduce(0, +)
                if given.norms[n] > 0, expected.norms[n] > 0 { product /= given.norms[n] * expected.norms[n] }
                similarity += product * penalty
            }
            sum += similarity / 4
        }
        return 10 * sum / Double(references.count)
    }

    private struct Vectors {
        var weights: [[[Word]: Double]] = []
        var norms: [Double] = []
        var runsOfTwo = 0
    }

    private func vectors(_ words: [Word]) -> Vectors {
        var vectors = Vectors()
        for n in 1...4 {
            let runs = CIDEr.runs(words, n)
            var weights: [[Word]: Double] = [:]
            for (run, count) in runs { weights[run] = Double(count) * (logCount - log(Double(max(1, pictures[run] ?? 0)))) }
            vectors.weights.append(weights)
            vectors.norms.append(weights.values.map { $0 * $0 }.sorted().reduce(0, +).squareRoot())
            if n == 2 { vectors.runsOfTwo = runs.values.reduce(0, +) }
        }
        return vectors
    }

    private static func runs(_ words: [Word], _ n: Int) -> [[Word]: Int] {
        guard words.count >= n else { return [:] }
        var counts: [[Word]: Int] = [:]
        for start in 0...(words.count - n) { counts[Array(words[start..<(start + n)]), default: 0] += 1 }
        return counts
    }
}
