// How a chart shows the values of a metric: their scale, their range, and the axis's title.

import Statistics
import TaskKit

struct MetricAxis {
    let metric: TaskMetric
    /// 100 for shares, which axes show in percent.
    let scale: Double
    /// The range of the axis in its numbers.
    let range: ClosedRange<Double>
    /// `accuracy, %`, `mean absolute error, mm`.
    let title: String

    /// An axis for the values of a metric with their intervals; the whole range of the metric where it has one.
    init(_ metric: TaskMetric, _ values: [MetricValue]) {
        self.metric = metric
        let isShare = metric.unit == .share
        scale = isShare ? 100 : 1
        title = switch metric.unit {
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

    /// The interval of a value; the value itself where nothing shows its uncertainty.
    func interval(_ value: MetricValue) -> Interval? {
        value.interval ?? value.value.map { Interval($0, $0) }
    }
}
