// `assay plan`: steps, what is known of each, what the run will cost. Only a local dataset is indexed for it.

import Application
import ArgumentParser
import Basics
import Foundation
import Planning
import Specification
import Steps

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what a run would do and what it would cost.")

    enum Graph: String, ExpressibleByArgument, CaseIterable { case mermaid, dot }

    @OptionGroup var specOptions: SpecOptions
    @Option(help: "Write the steps as a graph.")
    var graph: Graph?
    @Flag(help: "Exit with 10 when a run would do something.")
    var check = false
    @Flag(help: "Write the plan as JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            let workspace = try Workspace(spec: specOptions.spec, state: specOptions.stateOptions.state)
            var prepared = try await PreparedPlan.prepare(
                specOptions.request, measurement: Measurement.number(in: workspace), workspace: workspace)
            var forecasts = PlanForecast(prepared: prepared, store: workspace.store).pending()
            let unseen = forecasts.filter { $0.value.unknown == .noImages }.keys
            if !unseen.isEmpty {
                let (indexed, problem) = try await prepared.indexingData(
                    for: Set(unseen), in: workspace, run: RunID("plan"),
                    jobs: ProcessInfo.processInfo.activeProcessorCount, fetches: false, events: { _ in })
                if let problem { Terminal.writeError("the cost cannot be forecast: \(problem)") }
                prepared = indexed
                forecasts = PlanForecast(prepared: prepared, store: workspace.store).pending()
            }
            let resources = try PlanResources(prepared: prepared, ledger: workspace.ledger).list()
            if let graph {
                Terminal.write(PlanGraph(plan: prepared.plan, statuses: prepared.statuses).text(graph))
            } else if json {
                Terminal.writeJSON(PlanText(prepared: prepared, forecasts: forecasts, resources: resources).json)
            } else {
                let look = await DatasetLook.look(prepared.specs.base, limit: specOptions.limit)
                Reporter.warn(
                    prepared.specs.base.warnings + prepared.diagnostics + look.diagnostics, prepared.specs.base)
                if look.diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode.invalid }
                if let overview = look.overview { Terminal.writeLine("dataset: \(overview.summary)") }
                Terminal.write(PlanText(prepared: prepared, forecasts: forecasts, resources: resources).text)
            }
            let pending = prepared.statuses.indices.count(where: prepared.willRun)
            if check, pending > 0 {
                Terminal.writeError("\(pending) steps would run")
                throw ExitCode.workFound
            }
        }
    }
}
