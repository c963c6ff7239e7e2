// Forecast and actual cost of each step.

import Basics

enum CostChart {
    /// Above this number of steps, steps of one kind share a bar: a sweep can have hundreds.
    static let maxSteps = 24

    private struct Bar {
        var name: String
        var low = 0.0, expected = 0.0, high = 0.0
        var hasForecast = false
        var actual: Double?
        var states: Set<StepRecord.State> = []
    }

    static func chart(_ steps: [StepRecord], id: String) -> Chart? {
        let paid = steps.filter { ($0.cost ?? .zero) > .zero || ($0.forecast?.high ?? .zero) > .zero }
        guard !paid.isEmpty else { return nil }
        let isGrouped = paid.count > maxSteps
        var order: [String] = [], bars: [String: Bar] = [:]
        for step in paid {
            let name = isGrouped ? step.kind : step.id.text
            if bars[name] == nil { order.append(name) }
            var bar = bars[name] ?? Bar(name: name)
            if let forecast = step.forecast {
                bar.low += forecast.low.dollars
                bar.expected += forecast.expected.dollars
                bar.high += forecast.high.dollars
                bar.hasForecast = true
            }
            if let cost = step.cost { bar.actual = (bar.actual ?? 0) + cost.dollars }
            bar.states.insert(step.state)
            bars[name] = bar
        }
        let rows = order.compactMap { bars[$0] }
        let row = 40.0
        var plot = Plot(height: 8 + row * Double(rows.count) + 40, left: 14, right: 76, top: 8)
        let largest = rows.map { max($0.high, $0.actual ?? 0) }.max() ?? 1
        let x = plot.x(0...largest * 1.02)
        plot.xAxis(x, title: "US dollars", ticks: 5)
        for (at, bar) in rows.enumerated() {
            let top = plot.top + row * Double(at)
            let isCached = bar.states == [.cached]
            plot.svg.label(plot.left, top + 13, (bar.name + (isCached ? " (cached)" : "")).cut(to: 56), "small")
            if bar.hasForecast {
                plot.svg.rect(
                    x(bar.low), top + 18, max(1, x(bar.high) - x(bar.low)), 14, "forecast", rounded: 2,
                    title: "forecast \(Money(dollars: bar.low)) to \(Money(dollars: bar.high)), "
                        + "expected \(Money(dollars: bar.expected))")
                plot.svg.line(x(bar.expected), top + 17, x(bar.expected), top + 33, "expected")
            }
            if let actual = bar.actual {
                plot.svg.rect(
                    x(0), top + 21, max(1, x(actual) - x(0)), 8, isCached ? "actual old" : "actual", rounded: 1,
                    title: "actual \(Money(dollars: actual))")
                plot.svg.label(plot.width - 4, top + 30, "\(Money(dollars: actual))", "value", anchor: .end)
            }
        }
        let words = rows.map { bar in
            "\(bar.name): \(bar.hasForecast ? "forecast \(Money(dollars: bar.expected)), " : "")"
                + (bar.actual.map { "actual \(Money(dollars: $0))" } ?? "not run")
        }
        return Chart(
            id: id, title: "Cost by step", description: "Dollars. \(words.joined(separator: "; ")).",
            legend: [
                Chart.key("actual") { $0.rect(0, 4, 14, 6, "actual", rounded: 1) },
                Chart.key("forecast, low to high, with the expected value") {
                    $0.rect(0, 2, 14, 10, "forecast", rounded: 2)
                    $0.line(8, 1, 8, 13, "expected")
                },
            ],
            width: plot.width, height: plot.height, drawing: plot.svg)
    }
}
