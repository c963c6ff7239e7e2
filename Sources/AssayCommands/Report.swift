// `assay report`: the report of a run in another form, or made again.

import ArgumentParser
import Basics
import Foundation
import Ledger
import Platform
import Reporting

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Show or write the report of a run.")

    enum Form: String, ExpressibleByArgument, CaseIterable { case text, html, md, csv, json }

    @Argument(help: "The run's id; without it, the last run.")
    var runID: String?
    @OptionGroup var stateOptions: StateOptions
    @Option(help: "text on the terminal, html (rewritten in the run's folder), md, csv or json.")
    var format: Form = .text
    @Flag(help: "Open the page in a browser.")
    var open = false

    func run() async throws {
        try await Reporter.explaining {
            let workspace = try Workspace(spec: nil, state: stateOptions.state)
            let run = try workspace.run(named: runID)
            let folder = workspace.runFolder(run.id)
            guard let data = FileManager.default.contents(atPath: folder + "/results.json") else {
                throw Refusal("\(run.id) has no results: it ended as '\(run.state)'", code: .failure)
            }
            let decoder = JSONDecoder()
            decoder.dateDecodingStrategy = .iso8601
            let results = try decoder.decode(ExperimentResults.self, from: data)
            let report = ExperimentReport(results)
            switch format {
            case .text:
                let terminal = Terminal()
                Terminal.write(report.terminal(TerminalStyle(
                    colors: terminal.hasColors, unicode: terminal.hasUnicode, width: terminal.width)))
            case .html: Terminal.writeLine(try ReportWriter(folder: folder).write(report, results))
            case .md: Terminal.write(report.markdown())
            case .csv: Terminal.write(report.predictions())
            case .json: Terminal.writeLine(report.metricsDocument().pretty)
            }
            if open {
                let path = try ReportWriter(folder: folder).write(report, results)
                _ = try await ChildProcess.run(ChildCommand("xdg-open", [path]))
            }
        }
    }
}
