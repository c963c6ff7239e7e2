// Variants ranked by the primary metric with intervals; those not significantly behind the best have filled marks.

import Statistics
import TaskKit

enum RankingChart {
    static func chart(_ ranking: VariantRanking, series: [String: Int], id: String) -> Chart? {
        let entries = Array(ranking.entries.prefix(40))
        guard entries.count > 1, let best = entries[0].value.interval else { return nil }
        let row = 34.0
        var plot = Plot(height: 10 + row * Double(entries.count) + 40, left: 16, right: 58, top: 10)
        let metric = ranking.metric
        let axis = MetricAxis(metric, entries.map(\.value))
        let lows = entries.compactMap { $0.value.interval?.low }
        // The axis of a share starts at the lower end of the worst interval.
        let low = metric.range == 0...1 ? max(0, ((lows.min() ?? 0) * 20).rounded(.down) * 5) : axis.range.lowerBound
        let x = plot.x(low...axis.range.upperBound)
        plot.svg.rect(
            x(axis.scale * best.low), plot.top, x(axis.scale * best.high) - x(axis.scale * best.low), plot.plotBottom - plot.top,
            "band")
        plot.xAxis(
            x,
            title: (metric.name == "accuracy" ? "correct answers, %" : axis.title)
                + " (whisker: 95% CI; band: the best one's)", ticks: 6)
        for (at, entry) in entries.enumerated() {
            guard let accuracy = entry.value.value, let interval = axis.interval(entry.value) else { continue }
            let top = plot.top + row * Double(at)
            let y = top + 23
            let color = (series[entry.model] ?? 0) % SVG.seriesCount
            let isTied = entry.isTiedWithBest
            plot.svg.label(plot.left, top + 13, entry.title.cut(to: 60), isTied ? "name" : "small")
            plot.svg.group("s\(color) error") { svg in
                svg.line(x(axis.scale * interval.low), y, x(axis.scale * interval.high), y, "")
            }
            plot.svg.marker(x(axis.scale * accuracy), y, series: color, size: isTied ? 5 : 3.6)
            plot.svg.label(plot.width - 4, y + 4, Wording.measured(accuracy, metric.unit), "value", anchor: .end)
        }
        let words = entries.prefix(8).enumerated().map { at, entry in
            "\(at + 1). \(entry.title) \(entry.value.value.map { Wording.measured($0, metric.unit) } ?? "")"
        }
        return Chart(
            id: id, title: "Variants ranked by \(metric.title)",
            description: words.joined(separator: "; ") + ".",
            caption: "Names in bold cannot be distinguished from the best (p ≥ 0.05 after Holm's adjustment)."
                + (ranking.entries.count > entries.count ? " The first 40 of \(ranking.entries.count)." : ""),
            width: plot.width, height: plot.height, drawing: plot.svg)
    }
}
