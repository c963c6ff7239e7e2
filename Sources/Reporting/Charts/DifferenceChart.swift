// Differences of the primary metric between models, with intervals, around a line at zero.

import Statistics
import TaskKit

enum DifferenceChart {
    static func chart(_ evaluation: Analysis.Evaluation, series: [String: Int], id: String) -> Chart? {
        let pairs = Array(evaluation.pairs.filter { $0.isPrimary && $0.comparison.interval.low.isFinite }.prefix(10))
        guard let metric = evaluation.models.first?.primary.metric, !pairs.isEmpty else { return nil }
        let scale = metric.unit == .share ? 100.0 : 1
        let unit =
            switch metric.unit {
            case .share: ", points"
            case .plain: ""
            case .of(let name): ", \(name)"
            }
        let row = 36.0
        var plot = Plot(height: 6 + row * Double(pairs.count) + 40, left: 16, right: 58, top: 6)
        let least = scale * pairs.reduce(0) { min($0, $1.comparison.interval.low) }
        let most = scale * pairs.reduce(0) { max($0, $1.comparison.interval.high) }
        let step = Scale.roundStep((most - least) / 6)
        let low = (least / step).rounded(.down) * step, high = (most / step).rounded(.up) * step
        let x = plot.x(low...max(high, low + step))
        plot.xAxis(x, title: "difference of \(metric.title)\(unit) (whisker: 95% CI)", ticks: 6) {
            Wording.signed($0, step < 0.1 ? 3 : step < 1 ? 1 : 0).replacing("+0", with: "0")
        }
        plot.svg.line(x(0), plot.top, x(0), plot.plotBottom, "zero")
        for (at, pair) in pairs.enumerated() {
            let comparison = pair.comparison
            let top = plot.top + row * Double(at), y = top + 25
            let color = series[pair.first] ?? 0
            let isSure = pair.adjustedP < 0.05
            let label =
                "\(pair.first.cut(to: 12)) − \(pair.second.cut(to: 12)), \(Wording.p(pair.adjustedP))"
                + (comparison.isPaired ? "" : ", not paired")
            plot.svg.label(plot.left, top + 14, label, isSure ? "name" : "small")
            plot.svg.group("s\(color % SVG.seriesCount) error") { svg in
                svg.line(x(scale * comparison.interval.low), y, x(scale * comparison.interval.high), y, "")
            }
            plot.svg.marker(
                x(scale * comparison.difference), y, series: color, size: 4.5,
                title: Wording.difference(comparison, metric.unit))
            plot.svg.label(
                plot.width - 4, y + 4,
                metric.unit == .share
                    ? Wording.signed(100 * comparison.difference, 1) : Wording.difference(comparison.difference, metric.unit),
                "value", anchor: .end)
        }
        let words = pairs.map {
            "\($0.first) − \($0.second) \(Wording.difference($0.comparison, metric.unit)), \(Wording.p($0.adjustedP))"
        }
        return Chart(
            id: id, title: "Differences of \(metric.title)", description: words.joined(separator: "; ") + ".",
            caption:
                "In bold: p < 0.05 after Holm's adjustment. The verdict follows the exact test, which is the more conservative.",
            width: plot.width, height: plot.height, drawing: plot.svg)
    }
}
