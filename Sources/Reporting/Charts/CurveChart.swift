// Training curves of loss and accuracy.

import Basics
import Foundation

enum CurveChart {
    private typealias Point = (x: Double, y: Double)

    static func charts(_ history: TrainingHistory, series: Int, id: String) -> [Chart] {
        let isSteps = !history.steps.isEmpty
        func points(
            _ step: KeyPath<TrainingHistory.Step, Double?>, _ epoch: KeyPath<TrainingHistory.Epoch, Double?>
        )
            -> [Point]
        {
            let points: [(Int, Double?)] =
                isSteps
                ? history.steps.map { ($0.step, $0[keyPath: step]) }
                : history.epochs.map { ($0.epoch, $0[keyPath: epoch]) }
            return points.compactMap { x, y in y.map { (Double(x), $0) } }
        }
        let loss = chart(
            history, "loss", unit: "loss, nats", training: points(\.optionalTrainLoss, \.optionalTrainLoss),
            validation: points(\.validationLoss, \.validationLoss), top: nil, series: series, id: "\(id)-loss")
        let accuracy = chart(
            history, "accuracy", unit: "accuracy, %",
            training: points(\.trainAccuracy, \.trainAccuracy).map { ($0.x, 100 * $0.y) },
            validation: points(\.validationAccuracy, \.validationAccuracy).map { ($0.x, 100 * $0.y) }, top: 100,
            series: series, id: "\(id)-accuracy")
        return [loss, accuracy].compactMap { $0 }
    }

    private static func chart(
        _ history: TrainingHistory, _ what: String, unit: String, training: [Point], validation: [Point],
        top: Double?, series: Int, id: String
    ) -> Chart? {
        let all = training + validation
        guard let lastX = all.map(\.x).max(), let firstX = all.map(\.x).min(), let highest = all.map(\.y).max() else {
            return nil
        }
        let isSteps = !history.steps.isEmpty
        let color = series % SVG.seriesCount
        var plot = Plot(height: 230, top: 14)
        let x = plot.x(firstX...max(lastX, firstX + 1)), y = plot.y(0...(top ?? max(highest * 1.05, 1e-3)))
        plot.yAxis(y, title: unit)
        plot.xAxis(
            x, title: isSteps ? "step" : "epoch", ticks: isSteps ? 5 : min(8, max(1, Int(saturating: lastX - firstX)))
        ) { $0 == $0.rounded() ? String(Int(saturating: $0)) : "" }
        func placed(_ points: [Point]) -> [Point] { points.map { (x($0.x), y($0.y)) } }
        var legend: [Chart.Key] = []
        if training.count > 60 {
            // Single steps are noisy: they stay visible behind their moving average.
            let smooth = movingMean(training, width: max(5, training.count / 20))
            plot.svg.polyline(placed(thinned(training)), "s\(color) curve noise")
            plot.svg.polyline(placed(thinned(smooth)), "s\(color) curve")
            legend.append(
                Chart.key("training, moving mean of \(max(5, training.count / 20)) steps") {
                    $0.line(0, 7, 14, 7, "s\(color) curve")
                })
        } else if !training.isEmpty {
            plot.svg.polyline(placed(training), "s\(color) curve")
            for point in placed(training) { plot.svg.circle(point.x, point.y, 2.2, "f\(color)") }
            legend.append(Chart.key("training") { $0.line(0, 7, 14, 7, "s\(color) curve") })
        }
        if !validation.isEmpty {
            plot.svg.polyline(placed(validation), "s\(color) curve dashed")
            for point in placed(validation) { plot.svg.circle(point.x, point.y, 2.8, "s\(color) hollow") }
            legend.append(
                Chart.key("validation") {
                    $0.line(0, 7, 14, 7, "s\(color) curve dashed")
                    $0.circle(7, 7, 2.8, "s\(color) hollow")
                })
        }
        if !isSteps, let chosen = history.selectedEpoch {
            plot.svg.line(x(Double(chosen)), plot.top, x(Double(chosen)), plot.plotBottom, "chosen")
            let isLate = Double(chosen) > (firstX + lastX) / 2
            // Puts the label at the bottom of its line if curves cross the top.
            let isCrowded = all.contains {
                abs($0.x - Double(chosen)) <= (lastX - firstX) / 3 && y($0.y) < plot.top + 24
            }
            plot.svg.label(
                x(Double(chosen)) + (isLate ? -5 : 5), isCrowded ? plot.plotBottom - 6 : plot.top + 9, "epoch \(chosen) selected",
                "tick",
                anchor: isLate ? .end : .start)
        }
        let length =
            isSteps
            ? Wording.count(history.steps.count, "step") : Wording.count(history.epochs.count, "epoch")
        let digits = what == "loss" ? 3 : 1
        func described(_ name: String, _ points: [Point]) -> String? {
            guard let first = points.first, let last = points.last else { return nil }
            return "\(name) from \(Wording.number(first.y, digits)) to \(Wording.number(last.y, digits))"
        }
        let words = [described("training", training), described("validation", validation)].compactMap { $0 }
        return Chart(
            id: id, title: "\(history.model): \(what) while training",
            description: "\(unit) over \(length): \(words.joined(separator: "; ")).",
            legend: legend, width: plot.width, height: plot.height, drawing: plot.svg)
    }

    /// Reduces to at most 400 points, more than there are pixels: the minimum and maximum of each section.
    private static func thinned(_ points: [Point]) -> [Point] {
        guard points.count > 400 else { return points }
        let stretch = (points.count + 199) / 200
        return stride(from: 0, to: points.count, by: stretch).flatMap { start -> [Point] in
            let part = points[start..<min(start + stretch, points.count)]
            guard let low = part.min(by: { $0.y < $1.y }), let high = part.max(by: { $0.y < $1.y }) else { return [] }
            return low.x <= high.x ? [low, high] : [high, low]
        }
    }

    private static func movingMean(_ points: [Point], width: Int) -> [Point] {
        var sum = 0.0
        return points.enumerated().map { at, point in
            sum += point.y
            if at >= width { sum -= points[at - width].y }
            return (point.x, sum / Double(min(at + 1, width)))
        }
    }
}

extension TrainingHistory.Step { fileprivate var optionalTrainLoss: Double? { trainLoss } }
extension TrainingHistory.Epoch { fileprivate var optionalTrainLoss: Double? { trainLoss } }
