// The audit of published accuracy counts, when the answers to individual items are unknown.

package import Basics
package import Statistics

/// Counts such as `base=9/10 tuned=8/10`, without the underlying answers.
package struct CountsAudit: Sendable {
    /// One model's published count.
    package struct Model: Hashable, Sendable {
        /// The name before the equals sign.
        package var name: String
        /// Number of correct answers out of all items.
        package var right: Proportion

        /// - Parameter right: of at least one item.
        package init(name: String, right: Proportion) {
            self.name = name
            self.right = right
        }
    }

    /// One possible overlap of the correct answers of two models.
    package struct Pairing: Hashable, Sendable {
        /// Number of items that only the first model got right.
        package var onlyFirst: Int
        /// Number of items that only the second model got right.
        package var onlySecond: Int
        /// The 95% confidence interval of the difference for this overlap.
        package var interval: Interval
        /// The p-value of McNemar's exact test for this overlap.
        package var pValue: Double
    }

    /// Two models. Differences are first - second.
    package struct Pair: Sendable {
        /// The model from which the second is subtracted.
        package var first: Model
        /// The model that is subtracted.
        package var second: Model
        /// The overlaps that the counts allow if both models answered the same items, from the most agreement to the
        /// least; empty if the numbers of items differ.
        package var pairings: [Pairing]
        /// The comparison under the assumption that the models answered different items.
        package var unpaired: Comparison
        /// Number of paired items needed to detect the observed difference with 80% power, for the most and the least
        /// agreement; `nil` without a difference.
        package var neededPaired: (min: Int, max: Int)?
        /// Number of items for each model needed to detect the observed difference with 80% power, if the models
        /// answer different items.
        package var neededUnpaired: Int?

        /// Difference of the accuracies, first - second.
        package var difference: Double { unpaired.difference }
        /// The range of p-values over all pairings; `nil` without pairings.
        package var pValues: ClosedRange<Double>? {
            guard let low = pairings.map(\.pValue).min(), let high = pairings.map(\.pValue).max() else { return nil }
            return low...high
        }
        /// The union of the intervals of all pairings; `nil` without pairings.
        package var interval: Interval? {
            guard let low = pairings.map(\.interval.low).min(), let high = pairings.map(\.interval.high).max() else { return nil }
            return Interval(low, high)
        }
    }

    /// The models in the order in which they were given.
    package private(set) var models: [Model]
    /// Every pair of models, the later one first.
    package private(set) var pairs: [Pair]
    /// The screening of the training images; `nil` if not stated.
    package var screening: Screening?

    /// Parses counts in command-line notation.
    /// - Throws: `Diagnostic` for the first text that is not `NAME=RIGHT/ITEMS`, or for a repeated name.
    package init(parsing texts: [String], screening: Screening? = nil) throws(Diagnostic) {
        var models: [Model] = []
        for text in texts {
            guard let match = text.wholeMatch(of: #/(.+)=([0-9]+)/([0-9]+)/#), let right = Int(match.2), let n = Int(match.3),
                n > 0, n <= CountsAudit.maxItems
            else {
                throw Diagnostic(
                    code: "bad-counts", "'\(text)' is not a count of right answers",
                    hint:
                        "write NAME=RIGHT/ITEMS, for example base=9/10, with at most \(AuditNumbers.grouped(CountsAudit.maxItems)) items"
                )
            }
            guard right <= n else {
                throw Diagnostic(
                    code: "bad-counts", "'\(text)' states more right answers than items",
                    hint: "write NAME=RIGHT/ITEMS, for example base=9/10")
            }
            let name = String(match.1)
            guard !models.contains(where: { $0.name == name }) else {
                throw Diagnostic(code: "bad-counts", "'\(name)' occurs twice", hint: "give each model a different name")
            }
            models.append(Model(name: name, right: Proportion(right, of: n)))
        }
        guard models.count <= CountsAudit.maxModels else {
            throw Diagnostic(
                code: "bad-counts", "\(models.count) models are given; at most \(CountsAudit.maxModels) are compared at once",
                hint: "remove models that you do not want to compare")
        }
        self.init(models, screening: screening)
    }

    /// Maximum number of items per model.
    package static let maxItems = 100_000
    /// Maximum number of models, as every pair of them is compared.
    package static let maxModels = 100
    /// Maximum number of draws of single items, a few seconds of work. Beyond it, only disagreements are drawn.
    private static let maxDraws = 3_000_000_000
    /// Maximum number of pairs for which the numbers of items needed are computed, at a tenth of a second each.
    private static let maxSearches = 45

    /// Maximum number of pairings computed, fewer for large counts and many pairs: both ends and evenly spaced ones in
    /// between.
    private static func maxPairings(_ n: Int, pairs: Int) -> Int { max(2, min(101, 200_000 / n, 10_000 / max(1, pairs))) }

    /// Compares every pair of models; more than `maxItems` items are not rejected here.
    package init(_ models: [Model], screening: Screening? = nil) {
        self.models = models
        self.screening = screening
        let compared = models.indices.flatMap { second in models.indices.dropFirst(second + 1).map { ($0, second) } }
        let draws = compared.reduce(0) { sum, pair in
            let n = models[pair.0].right.n
            return sum.saturatingAdding(2000 * n * CountsAudit.maxPairings(n, pairs: compared.count))
        }
        let size = Size(pairs: compared.count, drawsItems: draws <= CountsAudit.maxDraws)
        pairs = threadedMap(count: compared.count, atLeast: 8) { at in
            CountsAudit.pair(models[compared[at].0], models[compared[at].1], size)
        }.compactMap { $0 }
    }

    /// The number of pairs to compare, and whether each item is drawn for them.
    private struct Size {
        var pairs: Int
        var drawsItems: Bool
    }

    private static func pair(_ first: Model, _ second: Model, _ size: Size) -> Pair? {
        let a = first.right, b = second.right
        guard let p = a.value, let q = b.value,
            let unpaired = Comparison.unpairedShares(a, b)
        else { return nil }
        let searches = size.pairs <= maxSearches
        var pair = Pair(first: first, second: second, pairings: [], unpaired: unpaired)
        let difference = abs(p - q)
        if difference > 0, searches {
            pair.neededUnpaired = Detectable.itemsNeeded(difference: difference) { n in
                Detectable.unpaired(n: n, n, accuracy: q)
            }
        }
        guard a.n == b.n else { return pair }
        let n = a.n
        let common = max(0, a.successes + b.successes - n)...min(a.successes, b.successes)
        let step = max(1, (common.count - 1) / (maxPairings(n, pairs: size.pairs) - 1))
        var shared = Set(stride(from: common.upperBound, through: common.lowerBound, by: -step))
        shared.insert(common.lowerBound)
        for both in shared.sorted(by: >) {
            let pairing = pairing(n: n, both: both, first: a.successes, second: b.successes, size)
            if let pairing { pair.pairings.append(pairing) }
        }
        if difference > 0, searches {
            func needed(_ both: Int) -> Int? {
                let disagreement = Double(a.successes + b.successes - 2 * both) / Double(n)
                return Detectable.itemsNeeded(difference: difference, disagreement: disagreement)
            }
            if let least = needed(common.upperBound), let most = needed(common.lowerBound) { pair.neededPaired = (least, most) }
        }
        return pair
    }

    private static func pairing(n: Int, both: Int, first: Int, second: Int, _ size: Size) -> Pairing? {
        let onlyFirst = first - both, onlySecond = second - both
        guard size.drawsItems else {
            return Comparison.pairedShares(n: n, onlyFirst: onlyFirst, onlySecond: onlySecond).map {
                Pairing(onlyFirst: onlyFirst, onlySecond: onlySecond, interval: $0.interval, pValue: $0.pValue)
            }
        }
        let neither = n - both - onlyFirst - onlySecond
        func column(_ inBoth: Bool, _ inFirst: Bool, _ inSecond: Bool) -> [Bool] {
            [Bool](repeating: inBoth, count: both) + [Bool](repeating: inFirst, count: onlyFirst)
                + [Bool](repeating: inSecond, count: onlySecond) + [Bool](repeating: false, count: neither)
        }
        guard let found = Comparison.pairedShares(column(true, true, false), column(true, false, true)) else { return nil }
        return Pairing(onlyFirst: onlyFirst, onlySecond: onlySecond, interval: found.interval, pValue: found.pValue)
    }

    /// The fewest answers that must change in one direction, with none in the other, before a paired test is
    /// significant at 5%.
    package static let minChanges = (1...20).first { McNemar(onlyFirst: $0, onlySecond: 0).pValue < 0.05 } ?? 6
}
