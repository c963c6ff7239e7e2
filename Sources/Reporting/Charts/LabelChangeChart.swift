// How the recall of each label changed from one model to another.

import Statistics

enum LabelChangeChart {
    private struct Change {
        let label: String
        let from: Double
        let to: Double
        let support: Int
        var gain: Double { to - from }
    }

    /// Two charts: labels that gained, labels that lost. Those that stayed are told in the caption.
    static func charts(
        from base: Analysis.Model, to other: Analysis.Model, series: [String: Int], id: String
    ) -> [Chart] {
        let before = Dictionary(base.score.labels.map { ($0.label, $0) }, uniquingKeysWith: { first, _ in first })
        let changes = other.score.labels.compactMap { label -> Change? in
            guard let from = before[label.label]?.recall, let to = label.recall else { return nil }
            return Change(label: label.label, from: from, to: to, support: label.support)
        }
        let steady = changes.count { $0.from == $0.to }
        let gained = changes.filter { $0.to > $0.from }.sorted { ($1.gain, $0.label) < ($0.gain, $1.label) }
        let lost = changes.filter { $0.to < $0.from }.sorted { ($0.gain, $0.label) < ($1.gain, $1.label) }
        let legend = [base, other].map { Chart.key($0.name, series: series[$0.name] ?? 0) }
        return [
            chart(gained, "gained", base, other, series, legend, id: "\(id)-gained"),
            chart(lost, "lost", base, other, series, legend, id: "\(id)-lost"),
        ].compactMap { chart in
            guard var chart else { return nil }
            chart.caption = "\(Wording.count(steady, "label")) of \(changes.count) stayed as they were."
            return chart
        }
    }

    private static func chart(
        _ changes: [Change], _ verb: String, _ base: Analysis.Model, _ other: Analysis.Model,
        _ series: [String: Int], _ legend: [Chart.Key], id: String
    ) -> Chart? {
        guard !changes.isEmpty else { return nil }
        let row = changes.count > 30 ? 14.0 : 18.0
        var plot = Plot(height: 10 + row * Double(changes.count) + 40, left: 148, right: 44, top: 10)
        let x = plot.x(0...100)
        plot.xAxis(x, title: "recall, %", ticks: 4)
        for (at, change) in changes.enumerated() {
            let y = plot.top + row * (Double(at) + 0.5)
            let words = "\(change.label): \(Wording.percent(change.from, 0)) to \(Wording.percent(change.to, 0)) "
                + "of \(change.support)"
            plot.svg.label(plot.left - 8, y + 3.5, change.label.cut(to: 24), "small", anchor: .end)
            plot.svg.line(x(100 * change.from), y, x(100 * change.to), y, verb == "gained" ? "gain" : "loss")
            plot.svg.marker(x(100 * change.from), y, series: series[base.name] ?? 0, size: 3.4)
            plot.svg.marker(x(100 * change.to), y, series: series[other.name] ?? 0, size: 3.8, title: words)
            plot.svg.label(
                plot.width - 4, y + 3.5, Wording.signed(100 * change.gain, 0), "small value", anchor: .end)
        }
        let words = changes.prefix(5).map {
            "\($0.label) \(Wording.percent($0.from, 0)) to \(Wording.percent($0.to, 0))"
        }
        return Chart(
            id: id, title: "Labels that \(verb): \(changes.count)",
            description: "Recall from \(base.name) to \(other.name). "
                + words.joined(separator: "; ") + (changes.count > 5 ? " and \(changes.count - 5) more." : "."),
            legend: legend, width: plot.width, height: plot.height, drawing: plot.svg)
    }
}
