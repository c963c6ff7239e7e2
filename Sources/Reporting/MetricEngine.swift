// Computes values, intervals and comparisons of a task's metrics as its metric table declares them.

package import Statistics
package import TaskKit

/// A metric's value for one model.
package struct MetricValue: Sendable {
    /// The row of the metric table.
    package var metric: TaskMetric
    /// `nil` if the metric is undefined for these answers.
    package var value: Double?
    /// The 95% interval; `nil` if the table declares none or it cannot be computed.
    package var interval: Interval?
    /// The number of items in the metric.
    package var n: Int
    /// The number of groups that these items belong to.
    package var groups: Int
}

/// Statistics of tasks over scored answers. Classification has its own, faster implementation with equal results.
enum MetricEngine {
    private static func items(_ answers: [ScoredAnswer]) -> [ScoredItem] {
        answers.map { ScoredItem(id: $0.example, group: $0.item?.group ?? $0.example, score: $0.itemScore) }
    }

    private static func isClassified(_ answers: [ScoredAnswer]) -> Bool { answers.allSatisfy { $0.item == nil } }

    /// - Parameter drawsInterval: whether to compute bootstrap intervals, which take time.
    static func value(_ metric: TaskMetric, _ answers: [ScoredAnswer], drawsInterval: Bool = true) -> MetricValue {
        guard isClassified(answers) else {
            var metric = metric
            let interval = metric.interval
            if !drawsInterval, interval != .wilson { metric.interval = .none }
            let result = TaskStatistics.result(metric, items(answers))
            metric.interval = interval
            return MetricValue(
                metric: metric, value: result.value, interval: result.interval, n: result.items, groups: result.groups)
        }
        let scores = answers.compactMap(\.itemScore)
        var result = MetricValue(
            metric: metric, value: metric.value(of: scores), interval: nil, n: scores.count, groups: scores.count)
        guard result.value != nil else { return result }
        switch metric.interval {
        case .none, .bootstrap: break
        case .wilson: result.interval = Proportion(answers.count { $0.counts && $0.isCorrect }, of: scores.count).wilson()
        case .percentile: if drawsInterval { result.interval = percentile(metric, scores) }
        }
        return result
    }

    /// Bootstraps over items. Sums are formed from the few distinct counts that items have.
    private static func percentile(_ metric: TaskMetric, _ scores: [ItemScore]) -> Interval? {
        guard let names = metric.countNames else { return nil }
        let places = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        let sparse = scores.map { score in score.counts.compactMap { name, value in places[name].map { (at: $0, value: value) } }
        }
        return Bootstrap.statistic(ofExamples: sparse.count) { drawn in
            var sums = [Double](repeating: 0, count: names.count)
            for place in drawn { for part in sparse[place] { sums[part.at] += part.value } }
            return metric.value(ofSums: sums)
        }
    }

    /// Compares two models in a metric, first − second; `nil` if the table declares no test or there is nothing to
    /// compare.
    static func compare(_ metric: TaskMetric, _ first: [ScoredAnswer], _ second: [ScoredAnswer]) -> Comparison? {
        guard metric.test != .none else { return nil }
        if isClassified(first), isClassified(second) { return Comparison.accuracy(first, second) }
        guard let found = TaskStatistics.comparison(metric, items(first), items(second)) else { return nil }
        return Comparison(
            isPaired: found.isPaired, n: found.items, difference: found.difference, relative: found.relative,
            // If the models never differ and the metric has no range, the bootstrap has no information: any
            // difference is possible.
            interval: found.interval ?? Interval(-.infinity, .infinity), pValue: found.pValue ?? 1,
            onlyFirst: found.onlyFirst, onlySecond: found.onlySecond, detectable: found.detectable)
    }
}
