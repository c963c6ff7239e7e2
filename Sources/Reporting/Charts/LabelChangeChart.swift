// Change of each label's recall between two models.

import Statistics

enum LabelChangeChart {
    private struct Change {
        let label: String
        let from: Double
        let to: Double
        let support: Int
        /// The change in percentage points, rounded to one decimal so that equal changes compare as equal.
        var gain: Double { (1000 * (to - from)).rounded() / 10 }
    }

    /// Labels with a changed recall, largest gain first; split into two charts if there are many.
    static func charts(
        from base: Analysis.Model, to other: Analysis.Model, series: [String: Int], id: String
    ) -> [Chart] {
        let before = Dictionary(base.score.labels.map { ($0.label, $0) }, uniquingKeysWith: { first, _ in first })
        let all = other.score.labels.compactMap { label -> Change? in
            guard let from = before[label.label]?.recall, let to = label.recall else { return nil }
            return Change(label: label.label, from: from, to: to, support: label.support)
        }
        let changes = all.filter { $0.gain != 0 }.sorted { ($1.gain, $0.label) < ($0.gain, $1.label) }
        guard !changes.isEmpty else { return [] }
        let gained = changes.count { $0.gain > 0 }
        let words = "\(gained) gained, \(changes.count - gained) lost, \(all.count - changes.count) unchanged."
        let half = changes.count > 16 ? (changes.count + 1) / 2 : changes.count
        let parts = [changes.prefix(half), changes.dropFirst(half)].filter { !$0.isEmpty }
        return parts.enumerated().map { at, part in
            chart(
                Array(part),
                title: at == 0 ? "Change of recall, largest gains first" : "… down to the largest losses",
                words: words, base, other, series, id: "\(id)-\(at + 1)")
        }
    }

    private static func chart(
        _ changes: [Change], title: String, words: String, _ base: Analysis.Model, _ other: Analysis.Model,
        _ series: [String: Int], id: String
    ) -> Chart {
        let row = changes.count > 30 ? 14.0 : 18.0
        var plot = Plot(height: 10 + row * Double(changes.count) + 40, left: 152, right: 44, top: 10)
        let x = plot.x(0...100)
        plot.xAxis(x, title: "recall, %", ticks: 4)
        for (at, change) in changes.enumerated() {
            let y = plot.top + row * (Double(at) + 0.5)
            let words =
                "\(change.label): \(Wording.percent(change.from, 0)) to \(Wording.percent(change.to, 0)) "
                + "of \(change.support)"
            plot.svg.label(plot.left - 8, y + 3.5, change.label.cut(to: 19), "small", anchor: .end)
            plot.svg.line(x(100 * change.from), y, x(100 * change.to), y, change.gain > 0 ? "gain" : "loss")
            plot.svg.marker(x(100 * change.from), y, series: series[base.name] ?? 0, size: 3.4)
            plot.svg.marker(x(100 * change.to), y, series: series[other.name] ?? 0, size: 3.8, title: words)
            plot.svg.label(plot.width - 4, y + 3.5, Wording.signed(change.gain, 0), "small value", anchor: .end)
        }
        let label = changes.prefix(5).map {
            "\($0.label) \(Wording.percent($0.from, 0)) to \(Wording.percent($0.to, 0))"
        }
        return Chart(
            id: id, title: title,
            description: "Recall by label from \(base.name) to \(other.name); \(words) \(label.joined(separator: "; "))"
                + (changes.count > 5 ? " and \(changes.count - 5) more." : "."),
            caption: "Of all labels \(words)",
            legend: [base, other].map { Chart.key($0.name, series: series[$0.name] ?? 0) }, width: plot.width,
            height: plot.height, drawing: plot.svg)
    }
}
