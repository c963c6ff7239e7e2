// Formats a plan as text and as JSON.

import Application
import Basics
import Foundation
import Planning
import Specification

struct PlanText {
    private let prepared: PreparedPlan
    /// Forecasts of the paid steps that will run.
    private let forecasts: [StepID: StepForecast]
    private let resources: [PlanResource]

    init(_ preview: PlanPreview) {
        prepared = preview.prepared
        forecasts = preview.forecasts
        resources = preview.resources
    }

    /// Explains the states of steps, one line each.
    static func legend(of states: [PlanState]) -> [String] {
        states.map { state in
            let meaning =
                switch state {
                case .cached: "its result is stored and is used as it is"
                case .pending: "it will run"
                case .unknown: "it runs, unless its inputs turn out as in a stored result"
                case .notNeeded: "it would only serve steps that will not run"
                }
            return state.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0) + "  " + meaning
        }
    }

    private var outlook: CostOutlook { CostOutlook(forecasts, steps: prepared.plan.steps.map(\.id)) }

    var text: String {
        var lines: [String] = []
        let width = prepared.plan.steps.map(\.id.text.count).max() ?? 0
        for (index, step) in prepared.plan.steps.enumerated() {
            var line = step.id.text.padding(toLength: width, withPad: " ", startingAt: 0)
            line += "  " + prepared.statuses[index].state.rawValue
            if let forecast = forecasts[step.id] {
                line += "  " + (forecast.cost.map { "\($0.expected) (\($0.low) to \($0.high))" } ?? "cost unknown")
            }
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
        lines += PlanText.legend(of: [PlanState.cached, .pending, .unknown, .notNeeded].filter { states[$0] != nil })
            .map { "  " + $0 }
        let sending = prepared.plan.steps.enumerated().compactMap { index, step in
            prepared.willRun(index) ? SentSettings(step, in: prepared.plan).map { (step.id.text, $0.text) } : nil
        }
        if !sending.isEmpty { lines.append("settings sent:") }
        lines += sending.map { "  \($0): \($1)" }
        if outlook.isPaid {
            let isEmulated = forecasts.values.allSatisfy(\.isEmulated)
            lines.append("forecast: \(outlook.text)" + (isEmulated ? " (emulated)" : ""))
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
            if let forecast = forecasts[step.id] {
                members["cost_usd"] = forecast.cost.map(PlanText.json) ?? .null
                if let unknown = forecast.unknown { members["cost_unknown"] = .string("\(unknown)") }
            } else {
                members["cost_usd"] = PlanText.json(.zero)
            }
            if let sent = SentSettings(step, in: prepared.plan) { members["settings"] = sent.json }
            return .object(members)
        }
        return [
            "steps": .array(steps),
            "resources": .array(
                resources.map {
                    ["id": .string($0.id), "kind": .string($0.kind), "state": .string($0.state.rawValue)]
                }),
            // The known part; `cost_unknown` states why part of it is unknown.
            "cost_usd": PlanText.json(outlook.known),
            "cost_unknown": outlook.unknown.map { .string($0) } ?? .null,
        ]
    }

    static func json(_ cost: CostRange) -> JSONValue {
        [
            "low": .double(cost.low.dollars), "expected": .double(cost.expected.dollars),
            "high": .double(cost.high.dollars),
        ]
    }
}

/// Draws the steps of a plan as a text graph.
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
