// Values, intervals and comparisons of a task's metrics, computed from the metric table by one statistics engine.

package import Statistics

/// One item with the score of a model's answer.
package struct ScoredItem: Hashable, Sendable, Codable {
    /// The item's id.
    package var id: String
    /// The group drawn as one for confidence intervals.
    package var group: String
    /// `nil` if no reply was received: a transport failure, which is excluded from every metric.
    package var score: ItemScore?

    /// - Parameter score: `nil` if no reply was received.
    package init(id: String, group: String, score: ItemScore?) {
        self.id = id
        self.group = group
        self.score = score
    }
}

/// A metric of one model.
package struct MetricResult: Hashable, Sendable {
    /// `nil` if the metric has no value for these items.
    package var value: Double?
    /// The 95% confidence interval; `nil` if the metric has none or the items do not determine one.
    package var interval: Interval?
    /// Number of items in the metric.
    package var items: Int
    /// Number of groups that these items belong to.
    package var groups: Int
}

/// The comparison of two models in a metric.
package struct MetricComparison: Hashable, Sendable {
    /// Whether both models answered the same items.
    package var isPaired: Bool
    /// Number of items compared.
    package var items: Int
    /// Number of groups that these items belong to.
    package var groups: Int
    /// The first model's value minus the second's.
    package var difference: Double
    /// The difference divided by the second value; `nil` if that is 0.
    package var relative: Double?
    /// The 95% confidence interval of the difference; `nil` if the metric has none.
    package var interval: Interval?
    /// The two-sided p-value; `nil` for metrics without a test.
    package var pValue: Double?
    /// The smallest true difference that this number of groups detects with 80% power; `nil` if there is none, or if the
    /// variance is unknown.
    package var detectable: Double?
    /// For right-or-wrong metrics: number of items that only the first model got right.
    package var onlyFirst: Int?
    /// For right-or-wrong metrics: number of items that only the second model got right.
    package var onlySecond: Int?
}

/// Computes the results of any task's metrics from their table rows.
package enum TaskStatistics {
    /// Computes a metric's value and interval. Equal seeds give equal intervals.
    package static func result(_ metric: TaskMetric, _ items: [ScoredItem], seed: UInt64 = 1) -> MetricResult {
        if case .items(let prepare) = metric.aggregation { return weighted(metric, prepare, items, seed) }
        let parts = parts(metric, items)
        let sample = GroupedSample(width: parts.first?.parts.count ?? 0, items: parts)
        let value = sample.groupCount > 0 ? metric.value(ofSums: sample.total) : nil
        var result = MetricResult(value: value, items: parts.count, groups: sample.groupCount)
        guard value != nil else { return result }
        // Items of one group are not independent and are drawn together.
        let isGrouped = sample.groupCount < parts.count
        let method = metric.interval == .percentile && isGrouped ? TaskMetric.IntervalMethod.bootstrap : metric.interval
        switch method {
        case .none: break
        case .wilson: result.interval = GroupedStatistics.share(sample)
        case .bootstrap:
            result.interval =
                GroupedStatistics.drawn(sample, seed: seed, value: drawn(metric, of: sample.total))
                ?? unseen(metric, groups: sample.groupCount, value)
        case .percentile:
            result.interval = Bootstrap.statistic(ofExamples: parts.count, seed: seed) { places in
                var sums = [Double](repeating: 0, count: sample.width)
                for place in places { for at in sums.indices { sums[at] += parts[place].parts[at] } }
                return metric.value(ofSums: sums)
            }
        }
        return result
    }

    /// Compares two models in a metric; `nil` if either has no value.
    package static func comparison(
        _ metric: TaskMetric, _ first: [ScoredItem], _ second: [ScoredItem], seed: UInt64 = 1
    ) -> MetricComparison? {
        let others = Dictionary(second.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        let isPaired = first.count == second.count && first.allSatisfy { others[$0.id] != nil }
        let pairs = isPaired ? first.compactMap { item in others[item.id].map { (item, $0) } } : []
        if case .items(let prepare) = metric.aggregation {
            return weighted(metric, prepare, first, second, pairs: isPaired ? pairs : nil, seed)
        }
        guard isPaired else { return unpaired(metric, first, second, seed) }
        // Only items that the metric includes for both models.
        let both = pairs.compactMap { pair -> (group: String, first: [Double], second: [Double])? in
            guard let a = pair.0.score.flatMap(metric.vector), let b = pair.1.score.flatMap(metric.vector) else { return nil }
            return (pair.0.group, a, b)
        }
        let width = both.first?.first.count ?? 0
        let one = GroupedSample(width: width, items: both.map { ($0.group, $0.first) })
        let two = GroupedSample(width: width, items: both.map { ($0.group, $0.second) })
        if metric.test == .mcnemar, one.isSingleItems, let right = binary(both.map(\.first)),
            let rightOfSecond = binary(both.map(\.second)),
            let shares = Comparison.pairedShares(right, rightOfSecond, seed: seed)
        {
            return MetricComparison(shares, groups: one.groupCount)
        }
        let whole = zip(one.total, two.total).map { $0 + $1 }
        guard
            let found = GroupedStatistics.paired(
                one, two, range: metric.range, seed: seed, swaps: metric.test == .none ? 0 : GroupedStatistics.swaps,
                value: drawn(metric, of: whole))
        else { return nil }
        return MetricComparison(
            found, of: metric, items: both.count, second: metric.value(ofSums: two.total), isPaired: true)
    }

    // MARK: Functions of sums

    private static func parts(_ metric: TaskMetric, _ items: [ScoredItem]) -> [(group: String, parts: [Double])] {
        items.compactMap { item in item.score.flatMap(metric.vector).map { (item.group, $0) } }
    }

    private static func drawn(_ metric: TaskMetric, of whole: [Double]) -> GroupedStatistics.Value {
        guard let drawn = metric.drawn else { return { metric.value(ofSums: $0) } }
        return { drawn($0, whole) }
    }

    /// The interval if all groups agree and resampling shows no variation: the Clopper-Pearson bound for this number of
    /// groups, within the metric's range. `nil` for metrics without a range.
    package static func unseen(_ metric: TaskMetric, groups: Int, _ value: Double?) -> Interval? {
        guard let range = metric.range, let value, range.contains(value),
            let hidden = Proportion(0, of: groups).clopperPearson()?.high
        else { return nil }
        return Interval(
            value - hidden * (value - range.lowerBound), value + hidden * (range.upperBound - value))
    }

    private static func binary(_ vectors: [[Double]]) -> [Bool]? {
        vectors.allSatisfy { $0.count == 2 && ($0[0] == 0 || $0[0] == 1) && $0[1] == 1 } ? vectors.map { $0[0] == 1 } : nil
    }

    private static func unpaired(
        _ metric: TaskMetric, _ first: [ScoredItem], _ second: [ScoredItem], _ seed: UInt64
    ) -> MetricComparison? {
        let a = parts(metric, first), b = parts(metric, second)
        let width = a.first?.parts.count ?? 0
        let one = GroupedSample(width: width, items: a), two = GroupedSample(width: width, items: b)
        if metric.test == .mcnemar, one.isSingleItems, two.isSingleItems, let right = binary(a.map(\.parts)),
            let rightOfSecond = binary(b.map(\.parts)), let shares = Comparison.unpairedShares(right, rightOfSecond, seed: seed)
        {
            return MetricComparison(shares, groups: min(one.groupCount, two.groupCount))
        }
        let whole = zip(one.total, two.total).map { $0 + $1 }
        guard
            let found = GroupedStatistics.unpaired(
                one, two, seed: seed, swaps: metric.test == .none ? 0 : GroupedStatistics.swaps, value: drawn(metric, of: whole))
        else { return nil }
        return MetricComparison(
            found, of: metric, items: min(a.count, b.count), second: metric.value(ofSums: two.total), isPaired: false)
    }

    // MARK: Functions of items

    private typealias Prepare = @Sendable ([ItemScore]) -> @Sendable ([Double]) -> Double?

    /// Reduces the number of draws for large samples, so that a result takes seconds; never below 200.
    private static func affordable(_ draws: Int, _ scores: [ItemScore]) -> Int {
        let size = scores.reduce(0) { $0 + 1 + $1.lists.values.reduce(0) { $0 + $1.count } }
        return min(draws, max(200, 200_000_000 / max(1, size)))
    }

    /// The group and score of an item; `nil` if the item has no score or the metric excludes it.
    private static func included(_ item: ScoredItem, in metric: TaskMetric) -> (String, ItemScore)? {
        guard let score = item.score, metric.includes?(score) ?? true else { return nil }
        return (item.group, score)
    }

    private static func places(_ groups: [String]) -> (count: Int, places: [Int]) {
        var known: [String: Int] = [:]
        let places = groups.map { group -> Int in
            let next = known.count
            return known[group]
                ?? {
                    known[group] = next
                    return next
                }()
        }
        return (known.count, places)
    }

    private static func weighted(
        _ metric: TaskMetric, _ prepare: Prepare, _ items: [ScoredItem], _ seed: UInt64
    ) -> MetricResult {
        let scored = items.compactMap { included($0, in: metric) }
        let scores = scored.map(\.1)
        let value = prepare(scores)
        let (groups, places) = places(scored.map(\.0))
        var result = MetricResult(
            value: value(Array(repeating: 1, count: scores.count)), items: metric.ownCount?(scores) ?? scores.count,
            groups: groups)
        guard result.value != nil, metric.interval != .none else { return result }
        if let own = metric.ownInterval?(items) {
            result.interval = own
            return result
        }
        result.interval = GroupedStatistics.drawn(
            groups: groups, seed: seed, draws: affordable(GroupedStatistics.draws, scores)
        ) { weights in value(places.map { weights[$0] }) }
        return result
    }

    private static func weighted(
        _ metric: TaskMetric, _ prepare: Prepare, _ first: [ScoredItem], _ second: [ScoredItem],
        pairs: [(ScoredItem, ScoredItem)]?, _ seed: UInt64
    ) -> MetricComparison? {
        let isPaired = pairs != nil
        let a: [(String, ItemScore)], b: [(String, ItemScore)]
        if let pairs {
            let both = pairs.compactMap { pair in
                included(pair.0, in: metric).flatMap { one in included(pair.1, in: metric).map { (one.0, one.1, $0.1) } }
            }
            a = both.map { ($0.0, $0.1) }
            b = both.map { ($0.0, $0.2) }
        } else {
            a = first.compactMap { included($0, in: metric) }
            b = second.compactMap { included($0, in: metric) }
        }
        // Both models' items are prepared together, so that statistics of the whole set, such as word rarity, are
        // equal for both.
        let scores = a.map(\.1) + b.map(\.1)
        let value = prepare(scores)
        let (groupsOfFirst, placesOfFirst) = places(a.map(\.0)), (groupsOfSecond, placesOfSecond) = places(b.map(\.0))
        func difference(
            _ one: (Int) -> Double, _ two: (Int) -> Double, _ three: (Int) -> Double, _ four: (Int) -> Double
        ) -> Double? {
            let x = value(a.indices.map(one) + b.indices.map(two)), y = value(a.indices.map(three) + b.indices.map(four))
            return x.flatMap { x in y.map { x - $0 } }
        }
        guard let whole = difference({ _ in 1 }, { _ in 0 }, { _ in 0 }, { _ in 1 }),
            let ofSecond = value(a.indices.map { _ in 0 } + b.indices.map { _ in 1 })
        else { return nil }
        let draws = affordable(GroupedStatistics.draws, scores)
        let spread = GroupedStatistics.drawnDifferences(groupsOfFirst, isPaired ? nil : groupsOfSecond, seed: seed, draws: draws)
        { one, two in
            difference({ one[placesOfFirst[$0]] }, { _ in 0 }, { _ in 0 }, { two[placesOfSecond[$0]] })
        }
        var pValue: Double?
        if metric.test != .none, isPaired {
            pValue = GroupedStatistics.swapTest(
                groups: groupsOfFirst, seed: seed, swaps: affordable(GroupedStatistics.swaps, scores)
            ) { swapped in
                difference(
                    { swapped[placesOfFirst[$0]] ? 0 : 1 }, { swapped[placesOfSecond[$0]] ? 1 : 0 },
                    { swapped[placesOfFirst[$0]] ? 1 : 0 }, { swapped[placesOfSecond[$0]] ? 0 : 1 })
            }
        }
        return MetricComparison(
            isPaired: isPaired, items: min(a.count, b.count), groups: min(groupsOfFirst, groupsOfSecond), difference: whole,
            relative: ofSecond == 0 ? nil : whole / ofSecond, interval: spread.interval, pValue: pValue,
            detectable: MetricComparison.possible(spread.detectable, in: metric))
    }
}

extension MetricComparison {
    fileprivate init(_ shares: Comparison, groups: Int) {
        self.init(
            isPaired: shares.isPaired, items: shares.n, groups: groups, difference: shares.difference, relative: shares.relative,
            interval: shares.interval, pValue: shares.pValue, detectable: shares.detectable, onlyFirst: shares.onlyFirst,
            onlySecond: shares.onlySecond)
    }

    fileprivate init(
        _ found: GroupedStatistics.Difference, of metric: TaskMetric, items: Int, second: Double?, isPaired: Bool
    ) {
        self.init(
            isPaired: isPaired, items: items, groups: found.groups, difference: found.difference,
            relative: second.flatMap { $0 == 0 ? nil : found.difference / $0 }, interval: found.interval,
            pValue: metric.test == .none ? nil : found.pValue, detectable: MetricComparison.possible(found.detectable, in: metric)
        )
    }

    /// A detectable difference; `nil` if values of the metric cannot differ by that much, as no difference is then detected.
    fileprivate static func possible(_ detectable: Double?, in metric: TaskMetric) -> Double? {
        guard let detectable, let range = metric.range, detectable > range.upperBound - range.lowerBound else {
            return detectable
        }
        return nil
    }

    /// The comparison with the models swapped.
    /// - Parameter firstValue: the first model's value, the new base of the relative difference.
    package func reversed(firstValue: Double) -> MetricComparison {
        var other = self
        other.difference = -difference
        other.relative = firstValue == 0 ? nil : -difference / firstValue
        other.interval = interval.map { Interval(-$0.high, -$0.low) }
        (other.onlyFirst, other.onlySecond) = (onlySecond, onlyFirst)
        return other
    }
}
