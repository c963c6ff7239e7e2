// `assay explain`: why steps will run, with the line of the spec and the price.

import Application
import ArgumentParser
import Basics
import Ledger

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
            let text = ExplanationText(try await PlanExplanation(specOptions.request, step: step))
            if json {
                Terminal.writeJSON(text.json)
            } else {
                Terminal.write(step.map { text.text(of: StepID($0)) } ?? text.text)
            }
        }
    }

    private func compareRuns() throws {
        guard let step else { throw Refusal("name two runs: assay explain --diff RUN RUN", code: .invalid) }
        let workspace = try specOptions.stateOptions.existing()
        let comparison = try RunKeyComparison(
            workspace.run(named: specOptions.spec).id, workspace.run(named: step).id, workspace)
        if json {
            Terminal.writeJSON(comparison.json)
        } else {
            Terminal.write(comparison.text)
        }
    }
}
