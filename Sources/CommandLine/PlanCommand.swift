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
            var pending = 0
            for spec in try specsOptions.requests() {
                pending += try await PlanCommand.show(spec, graph: graph, json: json)
            }
            if check, pending > 0 {
                Terminal.writeError("\(pending) steps would run")
                throw ExitCode.workFound
            }
        }
    }

    /// Shows the plan of a spec.
    /// - Returns: the number of steps that would run.
    @discardableResult
    static func show(_ spec: SpecRequest, graph: Graph? = nil, json: Bool) async throws -> Int {
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
            Terminal.writeLine(
                preview.pending == 0
                    ? "Next: 'assay report' shows the stored results; nothing would run"
                    : "Next: 'assay run \(ShellText.command([spec.spec]))' runs it, "
                        + "'assay explain \(ShellText.command([spec.spec]))' explains why steps would run")
        }
        return preview.pending
    }
}
