// `assay plan`: shows the steps, their states and the cost of a run. Indexes only local datasets.

import Application
import ArgumentParser
import Basics
import Planning
import Specification

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Show what a run would do and what it would cost.",
        discussion: """
            States of steps:
            \(PlanText.legend(of: [PlanState.cached, .pending, .unknown, .notNeeded]).map { "  " + $0 }.joined(separator: "\n"))

            States of files and deployments at providers:
            \(PlanText.legend(of: [PlanResource.State.needed, .held]).map { "  " + $0 }.joined(separator: "\n"))
            """)

    enum Graph: String, ExpressibleByArgument, CaseIterable { case mermaid, dot }

    @OptionGroup var specsOptions: SpecsOptions
    @Option(help: "Write the steps as a graph.")
    var graph: Graph?
    @Flag(help: "Exit with code 10 if a run would execute any step.")
    var check = false
    @Flag(help: "Print the plan as JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            let pending = try await PlanCommand.showAll(specsOptions.requests(), graph: graph, json: json)
            if check, pending > 0 {
                Terminal.writeError("\(pending) steps would run")
                throw ExitCode.workFound
            }
        }
    }

    /// Shows the plans of several specs. A spec with errors does not hide the plans of the others.
    /// - Returns: the number of steps that would run.
    /// - Throws: `ExitCode` of the first failure, after all specs.
    @discardableResult
    static func showAll(
        _ specs: [SpecRequest], graph: Graph? = nil, json: Bool, runOptions: [String] = [], failFast: Bool = false
    ) async throws -> Int {
        var pending = 0
        var worst: CommandExit?
        for spec in specs {
            do {
                pending += try await show(spec, graph: graph, json: json, runOptions: runOptions)
            } catch let error where specs.count > 1 && !failFast && !(error is CancellationError) {
                let code = Reporter.report(error)
                if worst == nil { worst = code }
            }
        }
        if let worst { throw ExitCode(worst) }
        return pending
    }

    /// Shows the plan of a spec.
    /// - Parameter runOptions: options of the run that is suggested next.
    /// - Returns: the number of steps that would run.
    private static func show(
        _ spec: SpecRequest, graph: Graph?, json: Bool, runOptions: [String]
    ) async throws -> Int {
        let preview = try await PlanPreview(spec)
        let prepared = preview.prepared
        if let problem = preview.problem { Terminal.writeError("the cost cannot be forecast: \(problem)") }
        if let graph {
            Terminal.write(PlanGraph(plan: prepared.plan, statuses: prepared.statuses).text(graph))
        } else if json {
            Terminal.writeJSON(PlanText(preview).json)
        } else {
            let check = await LocalDatasetCheck.run(prepared.specs.base, limit: spec.limit)
            Reporter.warn(
                prepared.specs.base.warnings + prepared.diagnostics + check.diagnostics, prepared.specs.base)
            if check.diagnostics.contains(where: { $0.severity == .error }) { throw ExitCode.invalid }
            if let overview = check.overview { Terminal.writeLine("dataset: \(overview.summary)") }
            Terminal.writeSentences(PlanText(preview).text)
            NextCommand.write(next(preview, spec, runOptions))
        }
        return preview.pending
    }

    private static func next(_ preview: PlanPreview, _ spec: SpecRequest, _ runOptions: [String]) -> String {
        let run = NextCommand.of(spec, "run", runOptions)
        guard preview.pending == 0 else {
            return "\(run) runs it, \(NextCommand.of(spec, "explain")) explains why steps would run"
        }
        let show = preview.reported.map { NextCommand.of(["report"], run: $0, state: preview.state) } ?? run
        return "\(show) shows the stored results; nothing would run"
    }
}
