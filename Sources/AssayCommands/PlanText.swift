// A plan as text and as JSON.

import Basics
import Foundation
import Planning
import Specification

struct PlanText {
    let prepared: PreparedPlan
    let forecasts: [StepID: CostRange]
    let resources: [PlanResource]

    private var total: CostRange { forecasts.values.reduce(.zero, +) }

    var text: String {
        var lines: [String] = []
        let width = prepared.plan.steps.map(\.id.text.count).max() ?? 0
        for (index, step) in prepared.plan.steps.enumerated() {
            var line = step.id.text.padding(toLength: width, withPad: " ", startingAt: 0)
            line += "  " + prepared.statuses[index].state.rawValue
            if let cost = forecasts[step.id] { line += "  \(cost.expected) (\(cost.low) to \(cost.high))" }
            lines.append(line)
        }
        for resource in resources where resource.state != .notNeeded {
            lines.append(
                resource.id.padding(toLength: max(width, resource.id.count), withPad: " ", startingAt: 0)
                    + "  " + resource.state.rawValue)
        }
        let states = Dictionary(grouping: prepared.statuses, by: \.state).mapValues(\.count)
        let counts = [PlanState.cached, .pending, .unknown, .notNeeded].compactMap { state in
            states[state].map { "\($0) \(state.rawValue)" }
        }.joined(separator: ", ")
        lines.append("\(prepared.plan.steps.count) steps: \(counts)")
        if total.high > .zero {
            let emulated = forecasts.keys.allSatisfy { id in
                prepared.plan.steps.first { $0.id == id }?.work.provider
                    .flatMap { prepared.plan.providers[$0]?.isEmulated } ?? true
            }
            lines.append(
                "forecast: \(total.expected) (\(total.low) to \(total.high))"
                    + (emulated ? ", an emulator's dollars" : ""))
        }
        return lines.joined(separator: "\n") + "\n"
    }

    var json: JSONValue {
        let steps = prepared.plan.steps.enumerated().map { index, step -> JSONValue in
            var members: [String: JSONValue] = [
                "id": .string(step.id.text), "kind": .string(step.kind.rawValue),
                "models": .array(step.models.map { .string($0) }),
                "variants": .array(step.variants.map { .string($0.text) }),
                "key": prepared.statuses[index].key.map { .string($0.digest.hex) } ?? .null,
                "state": .string(prepared.statuses[index].state.rawValue),
                "after": .array(step.inputs.map(\.from.text).uniquedInOrder.map { .string($0) }),
            ]
            members["cost_usd"] = PlanText.json(forecasts[step.id] ?? .zero)
            return .object(members)
        }
        return [
            "steps": .array(steps),
            "resources": .array(resources.map {
                ["id": .string($0.id), "kind": .string($0.kind), "state": .string($0.state.rawValue)]
            }),
            "cost_usd": PlanText.json(total),
        ]
    }

    static func json(_ cost: CostRange) -> JSONValue {
        [
            "low": .double(cost.low.dollars), "expected": .double(cost.expected.dollars),
            "high": .double(cost.high.dollars),
        ]
    }
}

extension [String] {
    var uniquedInOrder: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}

/// The steps of a plan as a graph in text.
struct PlanGraph {
    let plan: Plan
    let statuses: [StepStatus]

    func text(_ form: PlanCommand.Graph) -> String {
        let positions = plan.positions()
        var lines: [String] = []
        switch form {
        case .mermaid:
            lines.append("graph LR")
            for (index, step) in plan.steps.enumerated() {
                let label = step.id.text.replacing("#", with: "#35;").replacing("\"", with: "#quot;")
                lines.append("  s\(index)[\"\(label) (\(statuses[index].state.rawValue))\"]")
            }
            for (index, step) in plan.steps.enumerated() {
                for from in step.inputs.map(\.from.text).uniquedInOrder {
                    if let at = positions[StepID(from)] { lines.append("  s\(at) --> s\(index)") }
                }
            }
        case .dot:
            lines.append("digraph assay {")
            lines.append("  rankdir=LR; node [shape=box];")
            for (index, step) in plan.steps.enumerated() {
                let style = statuses[index].state == .cached ? "style=filled, fillcolor=gray90" : "style=solid"
                let label = step.id.text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                lines.append("  s\(index) [label=\"\(label)\\n\(statuses[index].state.rawValue)\", \(style)];")
            }
            for (index, step) in plan.steps.enumerated() {
                for from in step.inputs.map(\.from.text).uniquedInOrder {
                    if let at = positions[StepID(from)] { lines.append("  s\(at) -> s\(index);") }
                }
            }
            lines.append("}")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
