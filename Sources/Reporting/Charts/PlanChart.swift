// The plan as a graph: cached steps, executed steps and dependencies.

import Basics
import Statistics

enum PlanChart {
    private struct Node {
        var name: String
        var states: [StepRecord.State: Int] = [:]
        var seconds = 0.0
        var after: Set<Int> = []
        var layer = 0

        var count: Int { states.values.reduce(0, +) }
        /// The group's most important state.
        var state: StepRecord.State {
            [.failed, .blocked, .waiting, .ran, .cached].first { states[$0] != nil } ?? .cached
        }
    }

    /// The group of each step: epochs of one model form one group; in a large plan, so do all steps of a kind.
    private static func groups(_ steps: [StepRecord]) -> [String] {
        let chains = steps.map { step in
            let parts = step.id.text.split(separator: ":")
            guard let last = parts.last, Int(last) != nil else { return step.id.text }
            return parts.dropLast().joined(separator: ":")
        }
        return Set(chains).count <= 48 ? chains : steps.map(\.kind)
    }

    static func chart(_ steps: [StepRecord], id: String) -> Chart? {
        guard steps.count > 1 else { return nil }
        var nodes = self.nodes(steps)
        assignLayers(&nodes)
        removeDetours(&nodes)
        let layers = ordered(nodes)

        let boxWidth = 158.0, boxHeight = 52.0, gapX = 18.0, gapY = 34.0
        let widest = Double(layers.map(\.count).max() ?? 1)
        let width = max(440, widest * (boxWidth + gapX) + 12)
        let height = Double(layers.count) * (boxHeight + gapY) - gapY + 16
        var place: [Int: (x: Double, y: Double)] = [:]
        for (row, layer) in layers.enumerated() {
            let used = Double(layer.count) * (boxWidth + gapX) - gapX
            for (column, node) in layer.enumerated() {
                place[node] = (
                    (width - used) / 2 + Double(column) * (boxWidth + gapX), 8 + Double(row) * (boxHeight + gapY)
                )
            }
        }
        var svg = SVG()
        for (at, node) in nodes.enumerated() {
            for before in node.after.sorted() {
                guard let from = place[before], let to = place[at] else { continue }
                let (x1, y1) = (from.x + boxWidth / 2, from.y + boxHeight)
                let (x2, y2) = (to.x + boxWidth / 2, to.y)
                let bend = (y2 - y1) / 2
                let numbers = [x1, y1, x1, y1 + bend, x2, y2 - bend, x2, y2].map(SVG.number)
                svg.path(
                    "M\(numbers[0]) \(numbers[1])C\(numbers[2]) \(numbers[3]) \(numbers[4]) \(numbers[5]) "
                        + "\(numbers[6]) \(numbers[7])", "edge")
            }
        }
        for (at, node) in nodes.enumerated() {
            guard let corner = place[at] else { continue }
            draw(node, x: corner.x, y: corner.y, boxWidth, boxHeight, in: &svg)
        }
        var totals: [StepRecord.State: Int] = [:]
        for step in steps { totals[step.state, default: 0] += 1 }
        let words = StepRecord.State.allCases.compactMap { state in totals[state].map { "\($0) \(state.rawValue)" } }
        return Chart(
            id: id, title: "The plan",
            description: "\(steps.count) steps from the dataset at the top to the scores at the bottom: "
                + words.joined(separator: ", ") + ".",
            legend: StepRecord.State.allCases.filter { totals[$0] != nil }.map { state in
                Chart.key(state.rawValue) { $0.rect(1, 2, 12, 10, "node \(state.rawValue)", rounded: 3) }
            },
            width: width, height: height, scrolls: true, style: "plan", drawing: svg)
    }

    private static func draw(
        _ node: Node, x: Double, y: Double, _ width: Double, _ height: Double, in svg: inout SVG
    ) {
        let counts = StepRecord.State.allCases.compactMap { state in
            node.states[state].map { (state, $0) }
        }
        let label =
            node.count == 1
            ? node.state.rawValue
            : counts.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
        let time = node.seconds >= 0.05 ? ", \(DurationText.of(seconds: node.seconds))" : ""
        svg.rect(
            x, y, width, height, "node \(node.state.rawValue)", rounded: 7, title: "\(node.name): \(label)\(time)")
        let parts = node.name.split(separator: ":", maxSplits: 1).map(String.init)
        let title = (parts.first ?? node.name) + (node.count > 1 ? " × \(node.count)" : "")
        let rest = (parts.count > 1 ? [parts[1].replacing(":", with: " ")] : []) + [label + time]
        let top = y + (height - 14 * Double(rest.count)) / 2
        svg.label(x + width / 2, top + 4, title.cut(to: 24), "node-title", anchor: .middle)
        for (line, text) in rest.enumerated() {
            svg.label(
                x + width / 2, top + 18 + 14 * Double(line), text.cut(to: 28), "node-text", anchor: .middle)
        }
    }

    private static func nodes(_ steps: [StepRecord]) -> [Node] {
        let names = groups(steps)
        var index: [String: Int] = [:], nodes: [Node] = [], owner: [StepID: Int] = [:]
        for (step, name) in zip(steps, names) {
            let at = index[name] ?? nodes.count
            if at == nodes.count {
                index[name] = at
                nodes.append(Node(name: name))
            }
            owner[step.id] = at
            nodes[at].states[step.state, default: 0] += 1
            nodes[at].seconds += step.seconds
        }
        for step in steps {
            guard let at = owner[step.id] else { continue }
            for before in step.after {
                if let from = owner[before], from != at { nodes[at].after.insert(from) }
            }
        }
        return nodes
    }

    /// Puts each node one layer below its lowest dependency. Grouping by kind can create a cycle, so the number of
    /// rounds is bounded.
    private static func assignLayers(_ nodes: inout [Node]) {
        for _ in nodes.indices {
            var isSettled = true
            for at in nodes.indices {
                let layer = (nodes[at].after.map { nodes[$0].layer + 1 }.max() ?? 0)
                if layer > nodes[at].layer, layer < nodes.count {
                    nodes[at].layer = layer
                    isSettled = false
                }
            }
            if isSettled { break }
        }
    }

    /// Removes edges that a longer path implies (transitive reduction).
    private static func removeDetours(_ nodes: inout [Node]) {
        var above: [Set<Int>] = nodes.map(\.after)
        for at in nodes.indices.sorted(by: { nodes[$0].layer < nodes[$1].layer }) {
            for before in nodes[at].after { above[at].formUnion(above[before]) }
        }
        for at in nodes.indices {
            let after = nodes[at].after
            nodes[at].after = after.filter { one in
                !after.contains { other in other != one && above[other].contains(one) && !above[one].contains(other) }
            }
        }
    }

    /// The nodes of each layer, ordered near their neighbours to reduce edge crossings.
    private static func ordered(_ nodes: [Node]) -> [[Int]] {
        var layers = [[Int]](repeating: [], count: (nodes.map(\.layer).max() ?? 0) + 1)
        for (at, node) in nodes.enumerated() { layers[node.layer].append(at) }
        layers.removeAll(where: \.isEmpty)
        var below = [[Int]](repeating: [], count: nodes.count)
        for (at, node) in nodes.enumerated() { for before in node.after { below[before].append(at) } }
        for round in 0..<8 {
            var place = [Double](repeating: 0, count: nodes.count)
            for layer in layers {
                for (column, node) in layer.enumerated() {
                    place[node] = Double(column) - Double(layer.count - 1) / 2
                }
            }
            let isDown = round.isMultiple(of: 2)
            for row in isDown ? Array(layers.indices) : layers.indices.reversed() {
                let weights = layers[row].map { node -> Double in
                    let neighbours = isDown ? nodes[node].after.sorted() : below[node]
                    return neighbours.map { place[$0] }.mean ?? place[node]
                }
                let sorted = zip(layers[row], weights).enumerated()
                    .sorted { ($0.element.1, $0.offset) < ($1.element.1, $1.offset) }
                layers[row] = sorted.map(\.element.0)
                for (column, node) in layers[row].enumerated() {
                    place[node] = Double(column) - Double(layers[row].count - 1) / 2
                }
            }
        }
        return layers
    }
}
