// Values, intervals and comparisons of a task's metrics, as its metric table states them.

import Basics
import Statistics
import TaskKit

/// A metric's value for one model.
package struct MetricValue: Sendable {
    package var metric: TaskMetric
    /// `nil` where there is no number.
    package var value: Double?
    /// The 95% interval; `nil` where the table states none, or nothing can be drawn.
    package var interval: Interval?
    /// Items in the metric.
    package var n: Int
    /// Groups that these items belong to.
    package var groups: Int
}

enum MetricEngine {
    /// The items that came back, with their groups.
    private static func items(_ answers: [ScoredAnswer]) -> [(group: String, score: ItemScore)] {
        answers.compactMap { answer in answer.itemScore.map { (answer.item?.group ?? answer.example, $0) } }
    }

    /// - Parameter drawsInterval: whether to draw intervals that take time.
    static func value(_ metric: TaskMetric, _ answers: [ScoredAnswer], drawsInterval: Bool = true) -> MetricValue {
        let items = items(answers)
        let value = metric.value(of: items.map(\.score))
        let inMetric = metric.countNames == nil ? items : items.filter { metric.vector(of: $0.score) != nil }
        var result = MetricValue(
            metric: metric, value: value, interval: nil, n: inMetric.count,
            groups: Set(inMetric.map { ExactText($0.group) }).count)
        guard value != nil else { return result }
        switch metric.interval {
        case .none: break
        case .wilson:
            result.interval = answers.contains { $0.item != nil }
                ? sample(metric, inMetric).flatMap { GroupedStatistics.share($0) }
                : Proportion(answers.count { $0.counts && $0.isCorrect }, of: inMetric.count).wilson()
        case .percentile: if drawsInterval { result.interval = percentile(metric, items.map(\.score)) }
        case .bootstrap: if drawsInterval { result.interval = bootstrap(metric, inMetric) }
        }
        return result
    }

    private static func sample(_ metric: TaskMetric, _ items: [(group: String, score: ItemScore)]) -> GroupedSample? {
        let parts = items.compactMap { item in metric.vector(of: item.score).map { (group: item.group, parts: $0) } }
        guard let width = parts.first?.parts.count else { return nil }
        return GroupedSample(width: width, items: parts)
    }

    private static func bootstrap(_ metric: TaskMetric, _ items: [(group: String, score: ItemScore)]) -> Interval? {
        guard case .items(let function) = metric.aggregation else {
            return sample(metric, items).flatMap { GroupedStatistics.drawn($0) { metric.value(ofSums: $0) } }
        }
        var places: [ExactText: Int] = [:]
        let groups = items.map { item -> Int in
            let key = ExactText(item.group), next = places.count
            if let known = places[key] { return known }
            places[key] = next
            return next
        }
        let scores = items.map(\.score)
        return GroupedStatistics.drawn(groups: places.count) { weights in
            function(scores, groups.map { Int(weights[$0]) })
        }
    }

    /// Draws items as they are; sums are formed of the counts that an item has, which are few of many.
    private static func percentile(_ metric: TaskMetric, _ scores: [ItemScore]) -> Interval? {
        guard let names = metric.countNames else { return nil }
        let places = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        let sparse = scores.map { score in score.counts.compactMap { name, value in places[name].map { (at: $0, value: value) } } }
        return Bootstrap.statistic(ofExamples: sparse.count) { drawn in
            var sums = [Double](repeating: 0, count: names.count)
            for place in drawn { for part in sparse[place] { sums[part.at] += part.value } }
            return metric.value(ofSums: sums)
        }
    }

    /// Compares two models in a metric, first − second; `nil` where the table states no test, or there is nothing to compare.
    static func compare(_ metric: TaskMetric, _ first: [ScoredAnswer], _ second: [ScoredAnswer]) -> Comparison? {
        guard metric.test != .none else { return nil }
        guard (first + second).contains(where: { $0.item != nil }) else { return Comparison.accuracy(first, second) }
        let others = Dictionary(second.map { (ExactText($0.example), $0) }, uniquingKeysWith: { first, _ in first })
        let isPaired = first.count == second.count && first.allSatisfy { others[ExactText($0.example)] != nil }
        guard isPaired else {
            guard let one = sample(metric, items(first)), let two = sample(metric, items(second)) else { return nil }
            let found = GroupedStatistics.unpaired(one, two) { metric.value(ofSums: $0) }
            return found.map { comparison($0, metric, two, n: min(one.itemCount, two.itemCount), isPaired: false) }
        }
        var ones: [(group: String, parts: [Double])] = [], twos = ones
        for answer in first {
            guard let other = others[ExactText(answer.example)], let a = answer.itemScore.flatMap(metric.vector),
                let b = other.itemScore.flatMap(metric.vector)
            else { continue }
            ones.append((answer.item?.group ?? answer.example, a))
            twos.append((answer.item?.group ?? answer.example, b))
        }
        guard let width = ones.first?.parts.count else { return nil }
        let one = GroupedSample(width: width, items: ones), two = GroupedSample(width: width, items: twos)
        return GroupedStatistics.paired(one, two, range: metric.range) { metric.value(ofSums: $0) }
            .map { comparison($0, metric, two, n: ones.count, isPaired: true) }
    }

    private static func comparison(
        _ found: GroupedStatistics.Difference, _ metric: TaskMetric, _ second: GroupedSample, n: Int, isPaired: Bool
    ) -> Comparison {
        let base = metric.value(ofSums: second.total)
        return Comparison(
            isPaired: isPaired, n: n, difference: found.difference,
            relative: base.flatMap { $0 == 0 ? nil : found.difference / $0 },
            interval: found.interval ?? Interval(-.infinity, .infinity), pValue: found.pValue, detectable: found.detectable)
    }
}
