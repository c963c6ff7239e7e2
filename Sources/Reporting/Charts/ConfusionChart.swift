// The confusion matrix of one model, with frequently confused labels next to each other.

import Statistics

enum ConfusionChart {
    /// Largest number of labels: beyond it, single cells are too small to distinguish on a page.
    static let limit = 400

    /// Orders labels so that those often confused are adjacent: average-linkage clustering of all models' mistakes;
    /// ties keep the labels' order.
    static func order(_ labels: [String], _ scores: [ClassificationScore]) -> [Int] {
        guard labels.count > 2, labels.count <= limit else { return Array(labels.indices) }
        let position = Dictionary(zip(labels, labels.indices), uniquingKeysWith: { first, _ in first })
        var likeness = [[Double]](repeating: [Double](repeating: 0, count: labels.count), count: labels.count)
        for confusion in scores.flatMap(\.confusions) where confusion.label != confusion.answered {
            guard let a = position[confusion.label], let b = position[confusion.answered] else { continue }
            likeness[a][b] += Double(confusion.count)
            likeness[b][a] += Double(confusion.count)
        }
        let between = likeness
        var clusters = labels.indices.map { [$0] }
        while true {
            var best = 0.0, pair = (0, 0)
            for a in clusters.indices {
                for b in clusters.indices.dropFirst(a + 1) where likeness[a][b] > best {
                    (best, pair) = (likeness[a][b], (a, b))
                }
            }
            guard best > 0 else { break }
            let (a, b) = pair
            let (m, n) = (Double(clusters[a].count), Double(clusters[b].count))
            for c in clusters.indices where c != a && c != b {
                likeness[a][c] = (m * likeness[a][c] + n * likeness[b][c]) / (m + n)
                likeness[c][a] = likeness[a][c]
            }
            clusters[a] = joined(clusters[a], clusters[b], between)
            clusters.remove(at: b)
            likeness.remove(at: b)
            for c in likeness.indices { likeness[c].remove(at: b) }
        }
        return clusters.flatMap { $0 }
    }

    /// Joins two clusters in the orientation that puts their most similar ends together.
    private static func joined(_ a: [Int], _ b: [Int], _ likeness: [[Double]]) -> [Int] {
        let choices = [(a, b), (a, b.reversed()), (Array(a.reversed()), b), (Array(a.reversed()), b.reversed())]
        let best = choices.enumerated().max { x, y in
            func end(_ choice: ([Int], [Int])) -> Double {
                guard let last = choice.0.last, let first = choice.1.first else { return 0 }
                return likeness[last][first]
            }
            let (p, q) = (end(x.element), end(y.element))
            return p == q ? x.offset > y.offset : p < q
        }
        return best.map { $0.element.0 + $0.element.1 } ?? a + b
    }

    /// The colour opacity of a cell with a number. It jumps at one half: numbers are dark on light below and light on
    /// dark above; opacities in between would make both unreadable.
    private static func darkness(_ share: Double) -> Double {
        share > 0.5 ? 0.88 + 0.12 * share : 0.22 + 0.46 * share
    }

    static func chart(_ model: Analysis.Model, labels: [String], order: [Int], id: String) -> Chart? {
        let score = model.score
        guard score.n > 0, labels.count > 1, labels.count <= limit else { return nil }
        let cell: Double = labels.count <= 14 ? 28 : labels.count <= 40 ? 17 : labels.count <= 130 ? 9 : 4
        let font = labels.count <= 14 ? "m-large" : labels.count <= 40 ? "m-middle" : "m-small"
        let hasNames = cell >= 9
        let longest = min(22, labels.map(\.count).max() ?? 0)
        let letter = cell >= 28 ? 6.6 : cell >= 17 ? 5.9 : 4.7
        let margin = hasNames ? Double(longest) * letter + 14 : 20
        let side = cell * Double(labels.count)
        let extra = cell * 2 + 6
        let width = margin + side + extra + 8, height = margin + side + 30
        let names = order.map { labels[$0] }
        let place = Dictionary(zip(names, names.indices), uniquingKeysWith: { first, _ in first })
        let support = Dictionary(score.labels.map { ($0.label, $0) }, uniquingKeysWith: { first, _ in first })

        var svg = SVG()
        svg.rect(margin, margin, side, side, "m-ground")
        svg.rect(margin + side + 6, margin, cell * 2, side, "m-ground")
        if hasNames {
            for (at, name) in names.enumerated() {
                let middle = margin + cell * (Double(at) + 0.5)
                svg.label(margin - 5, middle + letter * 0.55, name.cut(to: 22), "\(font) m-row", anchor: .end)
                svg.label(
                    middle + letter * 0.55, margin - 5, name.cut(to: 22), "\(font) m-column", turned: -90)
            }
            let column = margin + side + 6
            svg.label(column + cell * 0.5 + letter * 0.55, margin - 5, "no label", font, turned: -90)
            svg.label(column + cell * 1.5 + letter * 0.55, margin - 5, "empty", font, turned: -90)
        }
        let every = labels.count <= 40 ? 1 : 10
        for at in stride(from: every, to: labels.count, by: every) where labels.count > 14 {
            let line = margin + cell * Double(at)
            svg.line(margin, line, margin + side, line, "m-grid")
            svg.line(line, margin, line, margin + side, "m-grid")
        }
        func draw(_ row: Int, _ x: Double, _ count: Int, of n: Int, _ style: String, _ words: String) {
            let share = Double(count) / Double(max(1, n))
            let isMost = share > 0.5
            svg.rect(
                x + 0.4, margin + cell * Double(row) + 0.4, cell - 0.8, cell - 0.8, style,
                opacity: cell >= 17 ? darkness(share) : 0.45 + 0.55 * share, title: "\(words): \(count) of \(n)")
            guard cell >= 17 else { return }
            svg.label(
                x + cell / 2, margin + cell * (Double(row) + 0.5) + 4, String(count),
                isMost ? "m-count m-on" : "m-count", anchor: .middle)
        }
        for confusion in score.confusions {
            guard let row = place[confusion.label], let column = place[confusion.answered] else { continue }
            let isRight = row == column
            draw(
                row, margin + cell * Double(column), confusion.count, of: support[confusion.label]?.support ?? 0,
                isRight ? "m-right" : "m-wrong",
                isRight ? "\(confusion.label) recognised" : "\(confusion.label) classified as \(confusion.answered)")
        }
        for (row, name) in names.enumerated() {
            guard let label = support[name] else { continue }
            let column = margin + side + 6
            if label.unmatched > 0 {
                draw(row, column, label.unmatched, of: label.support, "m-wrong", "\(name), answered with no label")
            }
            if label.unanswered > 0 {
                draw(row, column + cell, label.unanswered, of: label.support, "m-wrong", "\(name), not answered")
            }
        }
        svg.label(
            margin + side / 2, margin + side + 20, "columns: answered as; rows: true label", "axis-title",
            anchor: .middle)
        let worst = score.topConfusions(3).map { "\($0.label) classified as \($0.answered) \($0.count) times" }
        return Chart(
            id: id, title: "Confusion matrix of \(model.name)",
            description: "\(labels.count) true labels by \(labels.count) answers, \(score.correct) of \(score.n) on "
                + "the diagonal. "
                + (worst.isEmpty
                    ? "No label was confused with another." : "Most frequent errors: \(worst.joined(separator: "; "))."),
            width: width, height: height, scrolls: width > 560, style: "matrix", drawing: svg)
    }
}
