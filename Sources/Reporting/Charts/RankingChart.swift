// Variants in order of accuracy, each with its interval; what the best cannot be told apart from is filled.

import Statistics

enum RankingChart {
    static func chart(_ ranking: VariantRanking, series: [String: Int], id: String) -> Chart? {
        let entries = Array(ranking.entries.prefix(40))
        guard entries.count > 1, let best = entries[0].ranked.score.wilson() else { return nil }
        let row = 34.0
        var plot = Plot(height: 10 + row * Double(entries.count) + 40, left: 16, right: 58, top: 10)
        let lows = entries.compactMap { $0.ranked.score.wilson()?.low }
        let low = max(0, ((lows.min() ?? 0) * 20).rounded(.down) * 5)
        let x = plot.x(low...100)
        plot.svg.rect(
            x(100 * best.low), plot.top, x(100 * best.high) - x(100 * best.low), plot.plotBottom - plot.top, "band")
        plot.xAxis(x, title: "right answers, % (whisker: 95 % interval; band: the best one's)", ticks: 6)
        for (at, entry) in entries.enumerated() {
            guard let accuracy = entry.ranked.score.value, let interval = entry.ranked.score.wilson() else { continue }
            let top = plot.top + row * Double(at)
            let y = top + 23
            let color = (series[entry.model] ?? 0) % SVG.seriesCount
            let isTied = entry.ranked.isTiedWithBest()
            plot.svg.label(plot.left, top + 13, entry.title.cut(to: 60), isTied ? "name" : "small")
            plot.svg.group("s\(color) error") { svg in
                svg.line(x(100 * interval.low), y, x(100 * interval.high), y, "")
            }
            plot.svg.marker(x(100 * accuracy), y, series: color, size: isTied ? 5 : 3.6)
            plot.svg.label(plot.width - 4, y + 4, Wording.percent(accuracy), "value", anchor: .end)
        }
        let words = entries.prefix(8).enumerated().map { at, entry in
            "\(at + 1). \(entry.title) \(entry.ranked.score.value.map { Wording.percent($0) } ?? "")"
        }
        return Chart(
            id: id, title: "Variants ranked by accuracy",
            description: words.joined(separator: "; ") + ".",
            caption: "Names in bold cannot be told apart from the best (p ≥ 0.05 after Holm's adjustment)."
                + (ranking.entries.count > entries.count ? " The first 40 of \(ranking.entries.count)." : ""),
            width: plot.width, height: plot.height, drawing: plot.svg)
    }
}
