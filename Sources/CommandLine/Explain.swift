// `assay explain`: why steps will run, with the line of the spec and the price.

import Application
import ArgumentParser
import Artifacts
import Basics
import Ledger
import Planning

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Say why steps would run, or how two runs differ.",
        usage: """
            assay explain <spec> [<step>] [<options>]
            assay explain --diff <run> <run>
            """)

    @OptionGroup var specOptions: SpecOptions
    @Argument(help: "Only why this step would run.")
    var step: String?
    @Flag(help: "Compare the keys of two runs, named in place of spec and step.")
    var diff = false
    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            if diff { return try compareRuns() }
            let workspace = try Workspace(spec: specOptions.spec, state: specOptions.stateOptions.state)
            let prepared = try await PreparedPlan.prepare(
                specOptions.request, measurement: Measurement.number(in: workspace), locatesAll: true,
                workspace: workspace)
            let previous = try PreviousResults(
                specOptions.request, experiment: prepared.plan.experiment, workspace: workspace)
            var explanations = try prepared.plan.explanations(prepared.statuses, tool: Tool.version) { step in
                try previous.result(of: step)
            }
            if let step {
                let wanted = try above(StepID(step), prepared.plan)
                explanations = explanations.filter { wanted.contains($0.step) }
            }
            let text = ExplanationText(
                prepared: prepared, explanations: explanations,
                forecasts: PlanForecast(prepared: prepared, store: workspace.store).pending(),
                details: ChangeDetails(prepared: prepared, workspace: workspace, last: { try? previous.result(of: $0) }))
            if json {
                Terminal.writeJSON(text.json)
            } else {
                Terminal.write(step.map { text.text(of: StepID($0)) } ?? text.text)
            }
        }
    }

    private func compareRuns() throws {
        guard let step else { throw Refusal("name two runs: assay explain --diff RUN RUN", code: .invalid) }
        let workspace = try Workspace(spec: nil, state: specOptions.stateOptions.state)
        let comparison = try RunKeyComparison(
            workspace.run(named: specOptions.spec).id, workspace.run(named: step).id, workspace)
        if json {
            Terminal.writeJSON(comparison.json)
        } else {
            Terminal.write(comparison.text)
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
}
