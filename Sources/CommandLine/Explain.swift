// `assay explain`: explains why steps will run, with the line of the spec and the price.

import Application
import ArgumentParser
import Basics
import Foundation
import Ledger

struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain why steps would run, or how two runs differ.",
        usage: """
            assay explain [<spec>] [<step>] [<options>]
            assay explain --diff <run> <run>
            """)

    @OptionGroup var specOptions: SpecOptions
    @Argument(help: "Explain this step only.", completion: .custom(Completions.steps))
    var step: String?
    @Flag(help: "Compare the keys of two runs, given instead of spec and step.")
    var diff = false
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            if diff { return try compareRuns() }
            let (request, named) = try asked()
            let explanation = try await PlanExplanation(request, step: named)
            let text = ExplanationText(explanation)
            if json {
                Terminal.writeJSON(text.json)
            } else {
                Terminal.write(named.map { text.text(of: StepID($0)) } ?? text.text)
                if !explanation.explanations.isEmpty {
                    NextCommand.write("\(NextCommand.of(request, "run")) runs the experiment")
                }
            }
        }
    }

    /// The spec and step arguments. A single name that is neither a file nor a bundled experiment is a step of `assay.yaml`.
    private func asked() throws -> (SpecRequest, step: String?) {
        guard step == nil, let name = specOptions.spec, !FileManager.default.fileExists(atPath: name),
            BundledExperiments.spec(named: name) == nil, name.contains(":") || !Explain.isPath(name),
            FileManager.default.fileExists(atPath: SpecRequest.defaultName)
        else { return (try specOptions.request(), step) }
        return (
            specOptions.selection.request(SpecRequest.defaultName, state: specOptions.stateOptions.state), name
        )
    }

    private static func isPath(_ name: String) -> Bool {
        name.hasSuffix(".yaml") || name.hasSuffix(".yml") || name.contains("/")
    }

    private func compareRuns() throws {
        guard let step, let first = specOptions.spec else {
            throw Refusal("name two runs: assay explain --diff RUN RUN", code: .invalid)
        }
        let workspace = try specOptions.stateOptions.existing()
        let comparison = try RunKeyComparison(
            workspace.run(named: first).id, workspace.run(named: step).id, workspace)
        if json {
            Terminal.writeJSON(comparison.json)
        } else {
            Terminal.write(comparison.text)
        }
    }
}
