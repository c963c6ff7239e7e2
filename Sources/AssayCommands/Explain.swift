// `assay explain`: why steps will run, with the line of the spec and the price.

import ArgumentParser
import Artifacts
import Basics
import Planning

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Say why steps would run.")

    @OptionGroup var specOptions: SpecOptions
    @Argument(help: "Only this step and those above it.")
    var step: String?
    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            let workspace = try Workspace(spec: specOptions.spec, state: specOptions.stateOptions.state)
            let prepared = try await PreparedPlan.prepare(
                specOptions, measurement: Measurement.number(in: workspace, raising: false), workspace: workspace)
            var explanations = try prepared.plan.explanations(prepared.statuses) { step in
                try workspace.store.latest(step, experiment: prepared.plan.experiment)
            }
            if let step {
                let wanted = try above(StepID(step), prepared.plan)
                explanations = explanations.filter { wanted.contains($0.step) }
            }
            let forecasts = PlanForecast(prepared: prepared, store: workspace.store).costs()
            if json {
                Terminal.writeLine(document(explanations, forecasts).pretty)
            } else {
                Terminal.write(text(explanations, prepared, forecasts))
            }
        }
    }

    /// A step and all that it reads, directly or not.
    private func above(_ step: StepID, _ plan: Plan) throws -> Set<StepID> {
        let positions = plan.positions()
        guard positions[step] != nil else {
            let hint = nearest(to: step.text, among: plan.steps.map(\.id.text)).map { "; did you mean '\($0)'?" } ?? ""
            throw Refusal("the plan has no step '\(step)'\(hint)", code: .invalid)
        }
        var wanted: Set<StepID> = [step]
        var open = [step]
        while let next = open.popLast() {
            for input in positions[next].map({ plan.steps[$0].inputs }) ?? [] where wanted.insert(input.from).inserted {
                open.append(input.from)
            }
        }
        return wanted
    }

    private func text(
        _ explanations: [StepExplanation], _ prepared: PreparedPlan, _ forecasts: [StepID: CostRange]
    ) -> String {
        guard !explanations.isEmpty else { return "nothing would run: every result is there\n" }
        var lines: [String] = []
        for explanation in explanations {
            switch explanation.reason {
            case .changed(let changes):
                for change in changes {
                    let place = change.place.map { " (\($0.place))" } ?? ""
                    lines.append(
                        "stale: \(explanation.step): \(change.part) \(Explain.shown(change.was)) → "
                            + "\(Explain.shown(change.now))\(place)")
                }
            case .neverRan: lines.append("new:   \(explanation.step) never ran")
            case .resultGone: lines.append("gone:  \(explanation.step): its result is not in the store any more")
            case .follows(let steps):
                lines.append("after: \(explanation.step) follows \(steps.map(\.text).joined(separator: ", "))")
            }
        }
        let total = explanations.compactMap { forecasts[$0.step] }.reduce(.zero, +)
        let reused = prepared.statuses.count { $0.state == .cached }
        lines.append(
            "runs \(explanations.count) \(explanations.count == 1 ? "step" : "steps")"
                + (total.high > .zero ? ", about \(total.expected)" : "")
                + "; \(reused) \(reused == 1 ? "step" : "steps") reused")
        return lines.joined(separator: "\n") + "\n"
    }

    /// A value short enough for a line; digests by their first digits.
    private static func shown(_ value: JSONValue?) -> String {
        guard let value else { return "nothing" }
        let text = value.string ?? value.canonical
        if Digest(hex: text) != nil { return String(text.prefix(12)) }
        return text.count > 60 ? String(text.prefix(57)) + "…" : text
    }

    private func document(_ explanations: [StepExplanation], _ forecasts: [StepID: CostRange]) -> JSONValue {
        [
            "steps": .array(explanations.map { explanation in
                [
                    "id": .string(explanation.step.text),
                    "changes": .array(explanation.changes.map { change in
                        [
                            "part": .string(change.part), "was": change.was ?? .null, "now": change.now ?? .null,
                            "file": change.place.map { .string($0.file) } ?? .null,
                            "line": change.place.map { .int(Int64($0.line)) } ?? .null,
                            "column": change.place.map { .int(Int64($0.column)) } ?? .null,
                        ]
                    }),
                    "cost_usd": PlanText.json(forecasts[explanation.step] ?? .zero),
                ]
            })
        ]
    }
}
