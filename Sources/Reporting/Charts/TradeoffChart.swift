// The primary metric against its cost: dollars per thousand answers, or milliseconds per answer.

import Statistics
import TaskKit

enum TradeoffChart {
    private struct Point {
        let model: Analysis.Model
        let x: Double
        let interval: Interval?
    }

    static func cost(_ evaluation: Analysis.Evaluation, series: [String: Int], id: String) -> Chart? {
        let points = evaluation.models.compactMap { model in
            model.costPerThousand.map { Point(model: model, x: $0, interval: nil) }
        }
        guard points.contains(where: { $0.x > 0 }) else { return nil }
        let free = evaluation.models.filter { $0.costPerThousand == nil }.map(\.name)
        return chart(
            points, title: "\(title(evaluation)) versus cost", axis: "US dollars for 1,000 answers",
            caption: free.isEmpty ? "" : "Not shown, because no provider bills its answers: \(Wording.list(free)).",
            series: series, id: id
        ) { Claim.plain($0) }
    }

    static func latency(
        _ evaluation: Analysis.Evaluation, _ timed: Analysis.Evaluation, series: [String: Int], id: String
    ) -> Chart? {
        let points = evaluation.models.compactMap { model in
            timed.model(model.name)?.latency.map {
                Point(model: model, x: $0.mean, interval: timed.model(model.name)?.meanLatencyInterval)
            }
        }
        return chart(
            points, title: "\(title(evaluation)) versus latency", axis: "mean latency, ms", series: series, id: id
        ) { Claim.plain(($0 * 100).rounded() / 100) }
    }

    private static func title(_ evaluation: Analysis.Evaluation) -> String {
        evaluation.models.first?.primary.metric.title.capitalizedFirst ?? ""
    }

    /// The bounding box of a label.
    private struct Box {
        let left, right, top, bottom: Double
        func overlaps(_ other: Box) -> Bool {
            left < other.right && other.left < right && top < other.bottom && other.top < bottom
        }
    }

    /// Candidate label positions at the four corners of a mark, clear of its whiskers, best first.
    private static func places(of name: String, x: Double, y: Double) -> [Box] {
        let width = 7.2 * Double(name.count), height = 15.0, gap = 7.0
        return [(1.0, -1.0), (-1, -1), (1, 1), (-1, 1)].map { right, down in
            let left = right > 0 ? x + gap : x - gap - width
            let top = down > 0 ? y + 4 : y - 4 - height
            return Box(left: left, right: left + width, top: top, bottom: top + height)
        }
    }

    private static func chart(
        _ points: [Point], title: String, axis: String, caption: String = "", series: [String: Int], id: String,
        label: @escaping (Double) -> String
    ) -> Chart? {
        let points = points.filter { $0.model.primary.value != nil }
        guard let largest = points.map(\.x).max(), points.count > 1 else { return nil }
        let positive = points.map(\.x).filter { $0 > 0 }
        let hasZero = positive.count < points.count
        let smallest = positive.min() ?? largest
        let isWide = largest / smallest > 12
        var plot = Plot(height: 264, top: 14)
        let metric = points[0].model.primary.metric
        let vertical = MetricAxis(metric, points.map(\.model.primary))
        let lows = points.compactMap { $0.model.primary.interval?.low }
        let low = metric.range == 0...1 ? max(0, ((lows.min() ?? 0) * 10 - 0.5).rounded(.down) * 10) : vertical.range.lowerBound
        let y = plot.y(low...vertical.range.upperBound)
        plot.yAxis(y, title: vertical.title)
        // Zero cost has no position on a logarithmic axis, so it gets a separate strip at the left.
        let strip = isWide && hasZero ? 44.0 : 0
        let x =
            isWide
            ? Scale(logarithmic: smallest / 1.8...largest * 1.8, to: (plot.left + strip, plot.plotRight))
            : Scale(linear: 0...largest * 1.15, to: (plot.left, plot.plotRight))
        plot.xAxis(x, title: axis + (isWide ? " (logarithmic)" : ""), ticks: 4, label: label)
        if strip > 0 {
            plot.svg.line(plot.left + strip, plot.top, plot.left + strip, plot.plotBottom, "chosen")
            plot.svg.label(plot.left + strip / 2, plot.plotBottom + 15, "0", "tick", anchor: .middle)
        }
        var taken: [Box] = []
        for point in points {
            guard let accuracy = point.model.primary.value, let interval = vertical.interval(point.model.primary)
            else { continue }
            let at = point.x > 0 || strip == 0 ? x(point.x) : plot.left + strip / 2
            let color = series[point.model.name] ?? 0
            plot.svg.group("s\(color % SVG.seriesCount) error") { svg in
                svg.line(at, y(vertical.scale * interval.low), at, y(vertical.scale * interval.high), "")
                if let interval = point.interval {
                    svg.line(x(interval.low), y(vertical.scale * accuracy), x(interval.high), y(vertical.scale * accuracy), "")
                }
            }
            let words = "\(point.model.name): \(Wording.measured(accuracy, metric.unit)) at \(label(point.x))"
            plot.svg.marker(at, y(vertical.scale * accuracy), series: color, size: 5.4, title: words)
            let name = point.model.name.cut(to: 18)
            let places = places(of: name, x: at, y: y(vertical.scale * accuracy))
                .filter { $0.left >= plot.left && $0.right <= plot.width && $0.top >= 0 && $0.bottom <= plot.plotBottom }
            let place = places.first { place in !taken.contains { $0.overlaps(place) } } ?? places.first
            if let place {
                plot.svg.label(place.left, place.bottom - 3, name, "name")
                taken.append(place)
            }
        }
        let words = points.map {
            "\($0.model.name) \(Wording.value($0.model.primary)) at \(label($0.x))"
        }
        return Chart(
            id: id, title: title, description: "\(axis) and \(metric.title): \(words.joined(separator: "; ")).",
            caption: caption, width: plot.width, height: plot.height, drawing: plot.svg)
    }
}
