// The axis of a metric's values: scale, range and title.

import Statistics
import TaskKit

struct MetricAxis {
    let metric: TaskMetric
    /// 100 for shares, which axes show in percent.
    let scale: Double
    /// The range of the axis, in axis units.
    let range: ClosedRange<Double>
    /// `accuracy, %`, `mean absolute error, mm`.
    let title: String

    /// An axis for a metric's values with their intervals; covers the whole range of the metric if it is bounded.
    init(_ metric: TaskMetric, _ values: [MetricValue]) {
        self.metric = metric
        let isShare = metric.unit == .share
        scale = isShare ? 100 : 1
        title =
            switch metric.unit {
            case .share: metric.title + ", %"
            case .plain: metric.title
            case .of(let unit): "\(metric.title), \(unit)"
            }
        let ends = values.flatMap { [$0.value, $0.interval?.low, $0.interval?.high].compactMap { $0 } }
        if let range = metric.range {
            self.range = scale * range.lowerBound...scale * range.upperBound
        } else {
            let low = min(0, ends.min() ?? 0), high = max(0, ends.max() ?? 1)
            range = scale * low...scale * (high > low ? high + 0.05 * (high - low) : low + 1)
        }
    }

    /// The value's interval, or an interval of zero width if it has none.
    func interval(_ value: MetricValue) -> Interval? {
        value.interval ?? value.value.map { Interval($0, $0) }
    }
}
