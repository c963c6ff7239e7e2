// `assay explain` from a user's view: the cause with its position, the cost, dependents and reused steps.

import Foundation
import Testing

@Suite(.enabled(if: TestProject.hasBinaries, "needs the built binaries beside the tests"))
struct ExplainTests {
    @Test func aLineHasPlaceAndPrice() throws {
        let project = try TestProject()
        try project.write(
            "prices.yaml",
            try String(
                contentsOfFile: TestProject.root + "/experiments/prices/azure-openai-2025-09.yaml", encoding: .utf8))
        let spec =
            SmallExperiment.spec.replacingOccurrences(
                of: "account: small }", with: "account: small, price_as: gpt-4o-2024-08-06 }") + "\nprices: prices.yaml\n"
        try project.write("small.yaml", spec)
        let first = try project.assay("explain", "small.yaml")
        #expect(first.output.hasPrefix("new: index-dataset has never run; runs "), "\(first.output)")
        let run = try project.assay("run", "small.yaml", "--json")
        #expect(run.status == 0, "\(run.errors)")
        #expect(try project.assay("explain", "small.yaml").output == "nothing would run: every result is stored\n")

        try project.write("small.yaml", spec.replacingOccurrences(of: "n_epochs: 2", with: "n_epochs: 3"))
        let explained = try project.assay("explain", "small.yaml").output
        let lines = explained.split(separator: "\n").map(String.init)
        let pattern =
            #/stale: hyperparameters\.n_epochs 2 → 3 \(small\.yaml:24:82\); runs up to 5 steps, about \$\d+\.\d+; 17 steps reused/#
        #expect(lines.first?.wholeMatch(of: pattern) != nil, "\(explained)")
        #expect(
            lines.dropFirst() == [
                "  fine-tune:tuned", "    ask-online:tuned:plain:main.test", "      score:accuracy:tuned",
                "    ask-online:tuned:latency", "      score:latency:tuned",
                "Next: 'assay run small.yaml' runs the experiment",
            ])
        let upwards = try project.assay("explain", "small.yaml", "score:latency:tuned").output
        #expect(
            upwards.contains("    fine-tune:tuned\n      stale: hyperparameters.n_epochs 2 → 3 (small.yaml:24:82)"), "\(upwards)")
        #expect(try project.assay("explain", "small.yaml", "index-dataset").output.hasPrefix("index-dataset is cached: made "))
        let unknown = try project.assay("explain", "small.yaml", "fine-tune:tunde")
        #expect(unknown.status == 2)
        #expect(unknown.errors.contains("did you mean 'fine-tune:tuned'?"))

        // Steps that the second run did not need because it had the answers are not a difference.
        #expect(try project.assay("run", "small.yaml", "--json").status == 0)
        let runs = try FileManager.default.contentsOfDirectory(atPath: project.folder + "/.assay/runs").sorted()
        let diff = try project.assay("explain", "--diff", runs[0], runs[runs.count - 1]).output
        #expect(diff.contains("changed: fine-tune:tuned: hyperparameters.n_epochs 2 → 3 (small.yaml:24:82)\n"), "\(diff)")
        #expect(!diff.contains("only in"), "\(diff)")

        for (form, head) in [("mermaid", "graph LR\n"), ("dot", "digraph assay {\n")] {
            let graph = try project.assay("plan", "small.yaml", "--graph", form)
            #expect(graph.output.hasPrefix(head))
            #expect(graph.output.contains("fine-tune:tuned"))
            #expect(graph.output.contains("(cached)") || graph.output.contains("\\ncached"))
        }
    }

    /// A value from an environment variable is shown with the variable's name.
    @Test func aVariableIsNamed() throws {
        let project = try TestProject()
        try project.write(
            "small.yaml",
            SmallExperiment.spec.replacingOccurrences(of: "account: small }", with: "account: \"${ACCOUNT}\" }"))
        #expect(try project.assay("run", "small.yaml", "--json", environment: ["ACCOUNT": "one"]).status == 0)
        let explained = try project.assay("explain", "small.yaml", environment: ["ACCOUNT": "two"]).output
        #expect(explained.contains(" one → two (small.yaml:15:"), "\(explained)")
        #expect(explained.contains(", from the environment variable ACCOUNT; runs "), "\(explained)")
    }
}
