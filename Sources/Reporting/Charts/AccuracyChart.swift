// The primary metric of each model as a bar with its 95% interval as a whisker.

import Statistics
import TaskKit

enum AccuracyChart {
    static func chart(_ evaluation: Analysis.Evaluation, series: [String: Int], id: String) -> Chart? {
        let models = evaluation.models.filter { $0.primary.value != nil }
        guard let metric = models.first?.primary.metric else { return nil }
        let axis = MetricAxis(metric, models.map(\.primary))
        let isAccuracy = models.allSatisfy { $0.readings == nil }
        let row = 38.0
        var plot = Plot(
            height: 12 + row * Double(models.count) + 40, left: 108, right: 58)
        let x = plot.x(axis.range)
        plot.xAxis(x, title: (isAccuracy ? "correct answers, %" : axis.title) + " (whisker: 95% CI)", ticks: 5)
        for (at, model) in models.enumerated() {
            guard let accuracy = model.primary.value, let interval = axis.interval(model.primary) else { continue }
            let middle = plot.top + row * (Double(at) + 0.5)
            let color = (series[model.name] ?? 0) % SVG.seriesCount
            let words = "\(model.name): \(Wording.value(model.primary)), n = \(model.primary.n)"
            plot.svg.rect(
                min(x(0), x(axis.scale * accuracy)), middle - 10, abs(x(axis.scale * accuracy) - x(0)), 20, "f\(color) bar",
                rounded: 2, title: words)
            plot.svg.group("whisker") { svg in
                let (low, high) = (x(axis.scale * interval.low), x(axis.scale * interval.high))
                svg.line(low, middle, high, middle, "")
                svg.line(low, middle - 5, low, middle + 5, "")
                svg.line(high, middle - 5, high, middle + 5, "")
            }
            plot.svg.marker(x(axis.scale * accuracy), middle, series: color, size: 4.5)
            plot.svg.label(plot.left - 8, middle + 4, model.name.cut(to: 12), "name", anchor: .end)
            plot.svg.label(plot.width - 4, middle + 4, Wording.measured(accuracy, metric.unit), "value", anchor: .end)
        }
        let words = models.map { "\($0.name) \(Wording.value($0.primary))" }.joined(separator: "; ")
        return Chart(
            id: id, title: evaluation.title(for: metric.title.capitalizedFirst),
            description: "\(isAccuracy ? "Share of correct answers" : metric.title.capitalizedFirst): \(words).",
            width: plot.width, height: plot.height, drawing: plot.svg)
    }
}

extension String {
    /// The text with its first letter in upper case.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
