// Latency distribution of each model: a histogram above a box plot on a shared axis. All outliers are drawn.

import Basics
import Foundation
import Statistics

enum LatencyChart {
    private static let bins = 44

    static func chart(_ evaluation: Analysis.Evaluation, series: [String: Int], id: String) -> Chart? {
        let models = evaluation.models.filter { $0.latency != nil }
        let all = models.flatMap(\.result.latencies)
        guard let smallest = all.min(), let largest = all.max() else { return nil }
        let panel = 104.0
        var plot = Plot(height: 8 + panel * Double(models.count) + 40, left: 14, right: 14, top: 8)
        // Local milliseconds and a provider's seconds fit on one axis only if it is logarithmic.
        let isWide = smallest > 0 && largest / smallest > 12
        let scale =
            isWide
            ? Scale(logarithmic: smallest * 0.92...largest * 1.08, to: (plot.left, plot.plotRight))
            : Scale(
                linear: max(0, smallest - 0.04 * (largest - smallest))...largest + 0.04 * (largest - smallest),
                to: (plot.left, plot.plotRight))
        plot.xAxis(scale, title: "latency, ms\(isWide ? " (logarithmic)" : "")", ticks: 5)
        for (at, model) in models.enumerated() {
            draw(model, at: plot.top + panel * Double(at), scale: scale, series: series[model.name] ?? 0, in: &plot)
        }
        let words = models.compactMap { model in
            model.latency.map {
                "\(model.name): mean \(Wording.milliseconds($0.mean)), median \(Wording.milliseconds($0.p50)), "
                    + "95% below \(Wording.milliseconds($0.p95)), largest \(Wording.milliseconds($0.max))"
            }
        }
        return Chart(
            id: id, title: evaluation.title(for: "Latency"),
            description: "Histogram and box plot of latencies in milliseconds. \(words.joined(separator: "; ")).",
            caption: "Box: middle half, line: median, diamond: mean, whiskers: 5th to 95th percentile, dots: the rest.",
            width: plot.width, height: plot.height, drawing: plot.svg)
    }

    private static func draw(
        _ model: Analysis.Model, at top: Double, scale: Scale, series: Int, in plot: inout Plot
    ) {
        guard let latency = model.latency else { return }
        let values = model.result.latencies.sorted()
        let color = series % SVG.seriesCount
        let base = top + 72, box = top + 86
        var counts = [Int](repeating: 0, count: bins)
        for value in values { counts[min(bins - 1, max(0, Int(saturating: scale.share(value) * Double(bins))))] += 1 }
        let most = Double(counts.max() ?? 1)
        let width = (plot.plotRight - plot.left) / Double(bins)
        for (bin, count) in counts.enumerated() where count > 0 {
            let height = max(1.5, 48 * Double(count) / most)
            let from = scale.value(atShare: Double(bin) / Double(bins))
            let to = scale.value(atShare: Double(bin + 1) / Double(bins))
            plot.svg.rect(
                plot.left + width * Double(bin) + 0.4, base - height, width - 0.8, height, "f\(color) bar",
                title: "\(count) between \(Wording.milliseconds(from)) and \(Wording.milliseconds(to)) ms")
        }
        plot.svg.line(plot.left, base, plot.plotRight, base, "axis")
        let (p5, p95) = (values.percentileOfSorted(5), values.percentileOfSorted(95))
        let (q1, q3) = (values.percentileOfSorted(25), values.percentileOfSorted(75))
        plot.svg.group("s\(color) box") { svg in
            svg.line(scale(p5), box, scale(q1), box, "")
            svg.line(scale(q3), box, scale(p95), box, "")
            svg.rect(scale(q1), box - 6, scale(q3) - scale(q1), 12, "hollow", rounded: 2)
            svg.line(scale(latency.p50), box - 6, scale(latency.p50), box + 6, "median")
        }
        for value in values where value < p5 || value > p95 {
            plot.svg.circle(scale(value), box, 1.6, "f\(color) faint")
        }
        let mean = scale(latency.mean)
        plot.svg.polyline([(mean - 3.6, box), (mean, box - 3.6), (mean + 3.6, box), (mean, box + 3.6)], "mean")
        plot.svg.label(plot.left, top + 12, model.name.cut(to: 16), "name")
        let label =
            model.meanLatencyInterval.map {
                let decimals = Wording.latencyDecimals(latency.mean)
                return "\(Wording.number(latency.mean, decimals)) \(Wording.interval($0, decimals))"
            } ?? Wording.milliseconds(latency.mean)
        plot.svg.label(
            plot.plotRight, top + 12, "mean \(label) ms, p95 \(Wording.milliseconds(latency.p95))", "value",
            anchor: .end)
    }
}
