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
    private let hourly: [HourlyBilling]

    init(_ preview: PlanPreview) {
        prepared = preview.prepared
        forecasts = preview.forecasts
        resources = preview.resources
        hourly = preview.hourly
    }

    /// Explains the states of steps, one line each.
    static func legend(of states: [PlanState]) -> [String] {
        states.map { state in
            let meaning =
                switch state {
                case .cached: "a stored result will be used"
                case .pending: "it will run"
                case .unknown: "it will run unless a stored result exists for its inputs, which are not known yet"
                case .notNeeded: "only steps that will not run depend on it"
                }
            return state.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0) + "  " + meaning
        }
    }

    /// Explains the states of files and deployments at providers, one line each.
    static func legend(of states: [PlanResource.State]) -> [String] {
        states.map { state in
            let meaning =
                switch state {
                case .needed: "a file to upload or a deployment to create, if the steps that need it run"
                case .held: "it is at the provider and will be used"
                case .notNeeded: "no step that runs needs it"
                }
            return state.rawValue.padding(toLength: 10, withPad: " ", startingAt: 0) + "  " + meaning
        }
    }

    /// The forecast of each provider that is billed, in the order of the plan.
    private var providerOutlooks: [(provider: String, outlook: CostOutlook)] {
        let billed = prepared.plan.steps.compactMap { step in step.work.provider.map { (provider: $0, step: step.id) } }
        return billed.map(\.provider).uniquedInOrder.map { provider in
            (provider, CostOutlook(forecasts, steps: billed.filter { $0.provider == provider }.map(\.step)))
        }
    }

    private var outlook: CostOutlook { CostOutlook(forecasts, steps: prepared.plan.steps.map(\.id)) }

    var text: String {
        var lines: [String] = []
        let rows = PlanText.joiningEpochs(
            prepared.plan.steps.enumerated().map { index, step in
                let cost = forecasts[step.id].map { forecast in
                    forecast.cost.map { "\($0.expected) (\($0.low) to \($0.high))" } ?? "cost unknown"
                }
                return (step.id.text, prepared.statuses[index].state.rawValue + (cost.map { "  " + $0 } ?? ""))
            })
        let atProviders = resources.filter { $0.state != .notNeeded }
        let width = (rows.map(\.name.terminalColumns) + atProviders.map(\.id.terminalColumns)).max() ?? 0
        lines += rows.map { $0.name.padded(toColumns: width) + "  " + $0.state }
        lines += atProviders.map {
            $0.id.padded(toColumns: width) + "  " + $0.state.rawValue
        }
        let states = Dictionary(grouping: prepared.statuses, by: \.state).mapValues(\.count)
        let counts = [PlanState.cached, .pending, .unknown, .notNeeded].compactMap { state in
            states[state].map { "\($0) \(state.rawValue)" }
        }.joined(separator: ", ")
        lines.append("\(prepared.plan.steps.count) steps: \(counts)")
        lines += PlanText.legend(of: [PlanState.cached, .pending, .unknown, .notNeeded].filter { states[$0] != nil })
            .map { "  " + $0 }
        lines += PlanText.legend(
            of: [PlanResource.State.needed, .held].filter { state in
                atProviders.contains { $0.state == state }
            }
        ).map { "  " + $0 }
        let sending = prepared.plan.steps.enumerated().compactMap { index, step in
            prepared.willRun(index) ? SentSettings(step, in: prepared.plan).map { (step.id.text, $0.text) } : nil
        }
        if !sending.isEmpty { lines.append("settings sent:") }
        lines += sending.map { "  \($0): \($1)" }
        if outlook.isPaid {
            let isEmulated = forecasts.values.allSatisfy(\.isEmulated)
            lines.append("forecast: \(outlook.text)" + (isEmulated ? " (emulated)" : ""))
            if isEmulated, !outlook.unpriced.isEmpty {
                lines.append(
                    "  'price_as: MODEL' at the provider forecasts the cost of a model in the price table ('assay prices')")
            }
            let parts = providerOutlooks
            if parts.count > 1 { lines += parts.map { "  \($0.provider): \($0.outlook.text)" } }
        }
        if !hourly.isEmpty { lines.append("billed by the hour:") }
        lines += hourly.map { "  \($0.provider): \($0.text)" }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Joins three or more successive rows that differ only in the number at the end of their names, such as the epochs of a
    /// training.
    static func joiningEpochs(_ rows: [(name: String, state: String)]) -> [(name: String, state: String)] {
        func split(_ name: String) -> (stem: Substring, number: Int)? {
            guard let colon = name.lastIndex(of: ":"), let number = Int(name[name.index(after: colon)...]) else { return nil }
            return (name[...colon], number)
        }
        var joined: [(name: String, state: String)] = []
        var start = 0
        while start < rows.count {
            var end = start + 1
            if let first = split(rows[start].name) {
                while end < rows.count, rows[end].state == rows[start].state, let next = split(rows[end].name),
                    next.stem == first.stem, next.number == first.number + end - start
                { end += 1 }
            }
            if end - start >= 3, let last = split(rows[end - 1].name) {
                joined.append(("\(rows[start].name) to \(last.number)", rows[start].state))
            } else {
                joined += rows[start..<end]
            }
            start = end
        }
        return joined
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
            "billed_by_the_hour": .array(
                hourly.map { billing in
                    [
                        "provider": .string(billing.provider), "text": .string(billing.text),
                        "deployments": .array(
                            billing.items.map { item in
                                [
                                    "model": .string(item.model), "usd_per_hour": item.price.map { .double($0.dollars) } ?? .null,
                                    "is_kept": .bool(item.isKept),
                                ]
                            }),
                    ]
                }),
            "providers": .array(
                providerOutlooks.map {
                    [
                        "provider": .string($0.provider), "cost_usd": PlanText.json($0.outlook.known),
                        "cost_unknown": $0.outlook.unknown.map { .string($0) } ?? .null,
                    ]
                }),
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
