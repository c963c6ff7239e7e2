// A task's metric table, the only source of claims, metrics.json, tables, charts and documentation.

package import Statistics

/// A row of a task's metric table.
package struct TaskMetric: Sendable {
    /// The unit in which reports format the value.
    package enum Unit: Hashable, Sendable {
        /// Formatted in percent; differences are percentage points.
        case share
        /// A number without a unit.
        case plain
        /// A number with the given unit, such as `mm`.
        case of(String)
    }

    /// The direction in which values are better.
    package enum Direction: String, Hashable, Sendable {
        case up, down
        /// Closer to zero is better, as for a bias.
        case zero
    }

    /// The rule that combines items into one number. The first three cases are functions of sums over items, so that
    /// bootstrap draws and swap tests need only sums.
    package enum Aggregation: Sendable {
        /// The mean of a count over the items that have it.
        case mean(of: String)
        /// The sum of one count divided by the sum of another; no value if the divisor is 0.
        case ratio(of: String, over: String)
        /// A function of the sums of the named counts, in that order; returns `nil` if there is no value.
        case sums(of: [String], @Sendable ([Double]) -> Double?)
        /// A function of the items and their weights in the sample, such as a median or an average precision. The
        /// outer function runs once per set of items and prepares it (sorting, counting); the inner one runs for each
        /// draw.
        case items(@Sendable ([ItemScore]) -> @Sendable (_ weights: [Double]) -> Double?)
    }

    /// The method for the 95% confidence interval of a metric, which must suit its distribution.
    package enum IntervalMethod: Hashable, Sendable {
        /// Wilson's score interval; with several items per group, with the effective number of items.
        case wilson
        /// Percentile bootstrap over groups, expanded for small samples.
        case bootstrap
        /// Percentile bootstrap over individual items, used by classification; with several items per group, like
        /// `bootstrap`.
        case percentile
        case none
    }

    /// The significance test of two models on the same items.
    package enum PairedTest: Hashable, Sendable {
        /// McNemar's exact test; with several items per group, the sign-flip test over groups.
        case mcnemar
        /// Random sign flips of the groups' differences.
        case signFlip
        /// Random swaps of the two models' groups, with sums recomputed.
        case swap
        case none
    }

    /// The name in claims, metrics.json and columns: `cer`, `fields.total.f1`.
    package var name: String
    /// The name in sentences and tables: `character error rate`.
    package var title: String
    /// Unit for formatting; a share is between 0 and 1.
    package var unit: Unit
    /// The direction of improvement.
    package var better: Direction
    /// The function from items to the metric's value.
    package var aggregation: Aggregation
    /// The method of the confidence interval.
    package var interval: IntervalMethod
    /// The paired significance test.
    package var test: PairedTest
    /// The range of possible values, if bounded; without it, comparisons of models that never differ have no
    /// interval.
    package var range: ClosedRange<Double>?
    /// One sentence that every report prints with the number; `nil` if it needs no explanation.
    package var note: String?
    /// The value of a bootstrap draw, from the sums of the draw and of the whole sample, if it differs from the value
    /// of a sample: a mean over names excludes names whose references are absent from the draw by chance.
    package var drawn: (@Sendable (_ sums: [Double], _ whole: [Double]) -> Double?)?
    /// The 95% confidence interval of a metric over items that has one of its own; `nil` for the interval method.
    package var ownInterval: (@Sendable ([ScoredItem]) -> Interval?)?
    /// Whether an item belongs to a function of items; `nil` if all do. Other metrics exclude items that lack their counts.
    package var includes: (@Sendable (ItemScore) -> Bool)?
    /// The number of observations behind a function of items, if they are not the included items; `nil` for their number.
    package var ownCount: (@Sendable ([ItemScore]) -> Int?)?
    /// Whether the row is one of many for names in a dataset. Reports show such rows in a separate table.
    package var isDetail: Bool

    /// - Parameter isDetail: whether reports move the row to a separate table.
    package init(
        _ name: String, _ title: String, _ aggregation: Aggregation, unit: Unit = .share, better: Direction = .up,
        interval: IntervalMethod, test: PairedTest, range: ClosedRange<Double>? = nil, note: String? = nil,
        isDetail: Bool = false, drawn: (@Sendable (_ sums: [Double], _ whole: [Double]) -> Double?)? = nil,
        ownInterval: (@Sendable ([ScoredItem]) -> Interval?)? = nil, includes: (@Sendable (ItemScore) -> Bool)? = nil,
        ownCount: (@Sendable ([ItemScore]) -> Int?)? = nil
    ) {
        self.name = name
        self.title = title
        self.unit = unit
        self.better = better
        self.aggregation = aggregation
        self.interval = interval
        self.test = test
        self.range = range
        self.note = note
        self.isDetail = isDetail
        self.drawn = drawn
        self.ownInterval = ownInterval
        self.includes = includes
        self.ownCount = ownCount
    }
}

/// The metrics of a task; exactly one is primary.
package struct MetricTable: Sendable {
    /// The metric of headlines, rankings and charts.
    package let primary: TaskMetric
    /// The remaining rows, in report order.
    package let others: [TaskMetric]

    /// - Parameter primary: the metric of headlines and rankings.
    package init(primary: TaskMetric, _ others: [TaskMetric] = []) {
        self.primary = primary
        self.others = others
    }

    /// All rows, the primary one first.
    package var all: [TaskMetric] { [primary] + others }

    /// The row with this name; `nil` if there is none.
    package subscript(name: String) -> TaskMetric? { all.first { $0.name == name } }
}

extension TaskMetric {
    /// The counts whose sums determine the value; `nil` if the value needs the items themselves.
    package var countNames: [String]? {
        switch aggregation {
        case .mean(let name): [name]
        case .ratio(let name, let other): [name, other]
        case .sums(let names, _): names
        case .items: nil
        }
    }

    /// An item's contribution to the sums: its counts, and for a mean also 1. `nil` for an item that the metric
    /// excludes.
    package func vector(of score: ItemScore) -> [Double]? {
        switch aggregation {
        case .mean(let name): score[name].map { [$0, 1] }
        case .ratio(let name, let other):
            score[name] == nil && score[other] == nil ? nil : [score[name] ?? 0, score[other] ?? 0]
        case .sums(let names, _):
            names.contains { score[$0] != nil } ? names.map { score[$0] ?? 0 } : nil
        case .items: nil
        }
    }

    /// The value computed from summed vectors; `nil` if there is none.
    package func value(ofSums sums: [Double]) -> Double? {
        switch aggregation {
        case .mean, .ratio: sums.count == 2 && sums[1] != 0 ? sums[0] / sums[1] : nil
        case .sums(_, let function): function(sums)
        case .items: nil
        }
    }

    /// The value of a sample; `nil` if there is none.
    package func value(of scores: [ItemScore]) -> Double? {
        if case .items(let function) = aggregation {
            let scores = includes.map { scores.filter($0) } ?? scores
            return function(scores)(Array(repeating: 1, count: scores.count))
        }
        if case .sums(let names, let function) = aggregation {
            guard !scores.isEmpty else { return nil }
            // An item has few of the many counts.
            let places = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
            var sums = [Double](repeating: 0, count: names.count)
            for score in scores {
                for (name, value) in score.counts { if let at = places[name] { sums[at] += value } }
            }
            return function(sums)
        }
        var sums: [Double] = []
        for vector in scores.lazy.compactMap(vector) {
            if sums.isEmpty { sums = vector } else { for at in sums.indices { sums[at] += vector[at] } }
        }
        return sums.isEmpty ? nil : value(ofSums: sums)
    }
}
