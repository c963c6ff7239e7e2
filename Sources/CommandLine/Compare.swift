// `assay compare`: compares runs, or the variants of one run.

import Application
import ArgumentParser
import Basics
import Foundation
import Reporting
import TaskKit
import Tasks

struct Compare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Rank the models and variants of runs, or show what changed between two runs.",
        discussion: """
            Each entry has a 95% CI and is marked if the data cannot distinguish it from the best. With more than one \
            run, the last one named is compared with the first.
            """)

    enum Form: String, ExpressibleByArgument, CaseIterable { case text, md, csv, json }

    @Argument(
        help: "Runs by id, unambiguous prefix, or 'last' (the default). 'assay runs' lists them.",
        completion: .custom(Completions.runs))
    var runs: [String] = []
    @OptionGroup var stateOptions: StateOptions
    @Option(help: "text on the terminal, md, csv (the ranking) or json.")
    var format: Form = .text

    func run() async throws {
        try await Reporter.explaining {
            let workspace = try stateOptions.existing()
            let ids: [String?] = runs.isEmpty ? [nil] : runs
            let comparison = RunComparison(
                try ids.map { try workspace.results(of: workspace.run(named: $0)) }, tasks: .standard)
            switch format {
            case .text:
                Terminal.writeSentences(comparison.terminal(Terminal().style))
                NextCommand.write(
                    "\(NextCommand.of(["view"], options: ["--open"], state: workspace.folder)) shows every answer next to its "
                        + "image, and runs side by side")
            case .md: Terminal.write(comparison.markdown())
            case .csv: Terminal.write(comparison.csv())
            case .json: Terminal.writeJSON(comparison.document())
            }
        }
    }
}
