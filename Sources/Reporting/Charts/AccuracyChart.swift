// Accuracy of each model as a bar with its 95 % interval as a whisker.

import Statistics

enum AccuracyChart {
    static func chart(_ evaluation: Analysis.Evaluation, series: [String: Int], id: String) -> Chart? {
        let models = evaluation.models.filter { $0.score.accuracy != nil }
        guard !models.isEmpty else { return nil }
        let row = 38.0
        var plot = Plot(
            height: 12 + row * Double(models.count) + 40, left: 108, right: 58)
        let x = plot.x(0...100)
        plot.xAxis(x, title: "right answers, % (whisker: 95 % interval)", ticks: 5)
        for (at, model) in models.enumerated() {
            guard let accuracy = model.score.accuracy, let interval = model.score.accuracyInterval else { continue }
            let middle = plot.top + row * (Double(at) + 0.5)
            let color = (series[model.name] ?? 0) % SVG.seriesCount
            let words = "\(model.name): \(Wording.accuracy(model.score)), n = \(model.score.n)"
            plot.svg.rect(
                x(0), middle - 10, x(100 * accuracy) - x(0), 20, "f\(color) bar", rounded: 2, title: words)
            plot.svg.group("whisker") { svg in
                let (low, high) = (x(100 * interval.low), x(100 * interval.high))
                svg.line(low, middle, high, middle, "")
                svg.line(low, middle - 5, low, middle + 5, "")
                svg.line(high, middle - 5, high, middle + 5, "")
            }
            plot.svg.marker(x(100 * accuracy), middle, series: color, size: 4.5)
            plot.svg.label(plot.left - 8, middle + 4, model.name.cut(to: 12), "name", anchor: .end)
            plot.svg.label(plot.width - 4, middle + 4, Wording.percent(accuracy), "value", anchor: .end)
        }
        let words = models.map { "\($0.name) \(Wording.accuracy($0.score))" }.joined(separator: "; ")
        return Chart(
            id: id, title: evaluation.title(for: "Accuracy"), description: "Share of right answers: \(words).",
            width: plot.width, height: plot.height, drawing: plot.svg)
    }
}
