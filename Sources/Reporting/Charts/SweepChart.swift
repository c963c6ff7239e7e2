// A model's primary metric as a function of swept values.

import Statistics
import TaskKit

enum SweepChart {
    private struct Point {
        let value: MetricValue
        /// The value of each changed key.
        let values: [String: String]
    }

    /// A chart for each model with answers that differ along one or two swept keys.
    static func charts(_ ranking: VariantRanking, series: [String: Int], id: String) -> [Chart] {
        var models: [String] = []
        for entry in ranking.entries where !models.contains(entry.model) { models.append(entry.model) }
        return models.compactMap { model in
            let points = ranking.entries.filter { $0.model == model && !$0.shared.isEmpty }.map { entry in
                Point(
                    value: entry.value,
                    values: Dictionary(
                        entry.shared.map { change in
                            let parts = change.split(separator: "=", maxSplits: 1).map(String.init)
                            return (parts[0], parts.count > 1 ? parts[1] : "")
                        }, uniquingKeysWith: { first, _ in first }))
            }
            let keys = Set(points.map { $0.values.keys.sorted() })
            guard let axes = keys.first, keys.count == 1, axes.count <= 2, points.count > 1 else { return nil }
            return chart(model, points, axes: axes, color: series[model] ?? 0, id: "\(id)-\(model)")
        }
    }

    /// Distinct values: numbers in ascending order, others in alphabetical order.
    private static func values(_ key: String, _ points: [Point]) -> [String] {
        let values = Set(points.compactMap { $0.values[key] })
        return values.sorted { a, b in
            if let a = Double(a), let b = Double(b) { return a < b }
            return a < b
        }
    }

    private static func chart(_ model: String, _ points: [Point], axes: [String], color: Int, id: String) -> Chart? {
        let ordered = axes.sorted { values($0, points).count > values($1, points).count }
        guard let across = ordered.first else { return nil }
        let columns = values(across, points)
        let lines: [String?] = ordered.count > 1 ? values(ordered[1], points).map { $0 } : [nil]
        guard columns.count > 1, columns.count <= 16, lines.count <= 6 else { return nil }

        var plot = Plot(height: 240, top: 14)
        guard let metric = points.first?.value.metric else { return nil }
        let axis = MetricAxis(metric, points.map(\.value))
        let ends = points.compactMap { axis.interval($0.value) }
        let domain: ClosedRange<Double>
        if metric.range == 0...1 {
            let low = max(0, ((ends.map(\.low).min() ?? 0) * 10 - 0.3).rounded(.down) * 10)
            let high = min(100, ((ends.map(\.high).max() ?? 1) * 10 + 0.3).rounded(.up) * 10)
            domain = low...max(high, low + 10)
        } else {
            domain = axis.range
        }
        let y = plot.y(domain)
        plot.yAxis(y, title: axis.title)
        let left = plot.left
        let gap = (plot.plotRight - left) / Double(columns.count)
        func x(_ column: Int, _ line: Int) -> Double {
            left + gap * (Double(column) + 0.5) + 7 * (Double(line) - Double(lines.count - 1) / 2)
        }
        plot.svg.line(plot.left, plot.plotBottom, plot.plotRight, plot.plotBottom, "axis")
        for (at, column) in columns.enumerated() {
            plot.svg.label(
                plot.left + gap * (Double(at) + 0.5), plot.plotBottom + 15, column.cut(to: 14), "tick", anchor: .middle)
        }
        plot.svg.label(
            (plot.left + plot.plotRight) / 2, plot.plotBottom + 32, across, "axis-title", anchor: .middle)

        let style = "s\(color % SVG.seriesCount)"
        let isOrdered = columns.allSatisfy { Double($0) != nil } && across != "seed"
        var words: [String] = [], legend: [Chart.Key] = []
        for (row, line) in lines.enumerated() {
            var path: [(x: Double, y: Double)] = []
            for (column, value) in columns.enumerated() {
                guard
                    let point = points.first(where: {
                        $0.values[across] == value && (line == nil || $0.values[ordered[1]] == line)
                    }), let accuracy = point.value.value, let interval = axis.interval(point.value)
                else { continue }
                path.append((x(column, row), y(axis.scale * accuracy)))
                let name = line.map { "\(across) \(value), \(ordered[1]) \($0)" } ?? "\(across) \(value)"
                words.append("\(name): \(Wording.measured(accuracy, metric.unit))")
                plot.svg.group("\(style) error") {
                    $0.line(x(column, row), y(axis.scale * interval.low), x(column, row), y(axis.scale * interval.high), "")
                }
            }
            let dash = row.isMultiple(of: 2) ? "" : " dashed"
            // Values that are not numbers have no order, so no line connects them.
            if isOrdered { plot.svg.polyline(path, "curve \(style)\(dash)") }
            for (at, place) in path.enumerated() {
                let label = words[words.count - path.count + at]
                if dash.isEmpty {
                    plot.svg.marker(place.x, place.y, series: color, title: label)
                } else {
                    plot.svg.circle(place.x, place.y, 4, "\(style) hollow", title: label)
                }
            }
            if let line {
                legend.append(
                    Chart.key("\(ordered[1])=\(line)") { svg in
                        svg.line(0, 7, 14, 7, "\(style) curve\(dash)")
                        if dash.isEmpty {
                            svg.marker(7, 7, series: color, size: 3.6)
                        } else {
                            svg.circle(7, 7, 3, "\(style) hollow")
                        }
                    })
            }
        }
        return Chart(
            id: id.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? String($0) : "-" }.joined(),
            title: "\(model) over the sweep",
            description: "\(metric.title.capitalizedFirst) by \(Wording.list(ordered)): "
                + words.joined(separator: "; ") + ".",
            caption: "Whiskers: 95% CI.", legend: legend, width: plot.width, height: plot.height, drawing: plot.svg)
    }
}
