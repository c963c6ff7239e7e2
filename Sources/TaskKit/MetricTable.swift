// The metric table of a task: the one place from which claims, metrics.json, tables, charts and documentation follow.

/// A row of a task's metric table.
package struct TaskMetric: Sendable {
    package enum Unit: Hashable, Sendable {
        /// Written in percent; differences are percentage points.
        case share
        /// A number without a unit.
        case plain
        /// A number of something: `mm`.
        case of(String)
    }

    /// Which values are better.
    package enum Direction: String, Hashable, Sendable {
        case up, down
        /// The nearer to zero, the better: a bias.
        case zero
    }

    /// How items become one number. The first three are functions of sums over items, so that a draw of groups or an
    /// exchange of two models' groups needs nothing but sums.
    package enum Aggregation: Sendable {
        /// The mean of a count over the items that have it.
        case mean(of: String)
        /// The sum of one count divided by the sum of another; no number where that is 0.
        case ratio(of: String, over: String)
        /// A function of the sums of some counts, in their order; `nil` where there is no number.
        case sums(of: [String], @Sendable ([Double]) -> Double?)
        /// A function of the items and of how often each is in the sample, such as a median or an average precision.
        case items(@Sendable ([ItemScore], _ weights: [Int]) -> Double?)
    }

    package enum IntervalMethod: Hashable, Sendable {
        /// Wilson's score interval; with several items in a group, with the effective number of items.
        case wilson
        /// Percentiles of a bootstrap over groups, expanded for small samples.
        case bootstrap
        /// Percentiles of a bootstrap over items as they are: the classification's.
        case percentile
        case none
    }

    package enum PairedTest: Hashable, Sendable {
        /// McNemar's exact test; with several items in a group, the sign-flip test over groups.
        case mcnemar
        /// Random exchanges of the signs of the groups' differences.
        case signFlip
        /// Random exchanges of the two models' groups, with sums formed again.
        case swap
        case none
    }

    /// The name in claims, metrics.json and columns: `cer`, `fields.total.f1`.
    package var name: String
    /// The name in sentences and tables: `character error rate`.
    package var title: String
    package var unit: Unit
    package var better: Direction
    package var aggregation: Aggregation
    package var interval: IntervalMethod
    package var test: PairedTest
    /// The range of the value, where it has one; without it, a comparison of models that never differ has no interval.
    package var range: ClosedRange<Double>?
    /// What a reader must know of the number in every report, in one sentence.
    package var note: String?
    /// Whether the row is one of many for the names of a dataset. Such rows are in a table of their own.
    package var isDetail: Bool

    package init(
        _ name: String, _ title: String, _ aggregation: Aggregation, unit: Unit = .share, better: Direction = .up,
        interval: IntervalMethod, test: PairedTest, range: ClosedRange<Double>? = nil, note: String? = nil,
        isDetail: Bool = false
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
    }
}

/// The metrics of a task; exactly one is primary.
package struct MetricTable: Sendable {
    /// The metric of headlines, rankings and charts.
    package let primary: TaskMetric
    package let others: [TaskMetric]

    package init(primary: TaskMetric, _ others: [TaskMetric] = []) {
        self.primary = primary
        self.others = others
    }

    /// All rows, the primary one first.
    package var all: [TaskMetric] { [primary] + others }

    /// The row of a name; `nil` where there is none.
    package subscript(name: String) -> TaskMetric? { all.first { $0.name == name } }
}

extension TaskMetric {
    /// The counts whose sums decide the value; `nil` where the value needs the items themselves.
    package var countNames: [String]? {
        switch aggregation {
        case .mean(let name): [name]
        case .ratio(let name, let other): [name, other]
        case .sums(let names, _): names
        case .items: nil
        }
    }

    /// The vector of an item whose sums decide the value: the counts, and for a mean also 1. `nil` for an item that is not
    /// in the metric.
    package func vector(of score: ItemScore) -> [Double]? {
        switch aggregation {
        case .mean(let name): score[name].map { [$0, 1] }
        case .ratio(let name, let other):
            score[name] == nil && score[other] == nil ? nil : [score[name] ?? 0, score[other] ?? 0]
        case .sums(let names, _): names.map { score[$0] ?? 0 }
        case .items: nil
        }
    }

    /// The value of summed vectors; `nil` where there is no number.
    package func value(ofSums sums: [Double]) -> Double? {
        switch aggregation {
        case .mean, .ratio: sums.count == 2 && sums[1] != 0 ? sums[0] / sums[1] : nil
        case .sums(_, let function): function(sums)
        case .items: nil
        }
    }

    /// The value of a sample; `nil` where there is no number.
    package func value(of scores: [ItemScore]) -> Double? {
        if case .items(let function) = aggregation {
            return function(scores, Array(repeating: 1, count: scores.count))
        }
        var sums: [Double] = []
        for vector in scores.lazy.compactMap(vector) {
            if sums.isEmpty { sums = vector } else { for at in sums.indices { sums[at] += vector[at] } }
        }
        return sums.isEmpty ? nil : value(ofSums: sums)
    }
}
