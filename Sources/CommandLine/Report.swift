// `assay report`: renders a run's report in another form, or again.

import Application
import ArgumentParser
import Basics
import Foundation
import Ledger
import Platform
import Reporting
import Specification
import TaskKit
import Tasks

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Print or write the report of a run.")

    enum Form: String, ExpressibleByArgument, CaseIterable { case text, html, md, csv, predictions, json }

    @Argument(
        help: "The run: its id, an unambiguous prefix, or 'last' (the default).",
        completion: .custom(Completions.runs))
    var runID: String?
    @OptionGroup var stateOptions: StateOptions
    @Option(
        help:
            "text on the terminal, html (rewritten in the run's folder), md, csv (the table), predictions (each answer, as CSV) or json."
    )
    var format: Form = .text
    @Option(help: "Compute costs from this price table instead of the run's own. Runs nothing.")
    var prices: String?
    @Flag(help: "Open the page in a browser.")
    var open = false

    func validate() throws {
        guard !open || format == .text || format == .html else {
            throw ValidationError("--open shows the page; without it, --format \(format.rawValue) prints to the terminal.")
        }
    }

    func run() async throws {
        try await Reporter.explaining {
            let workspace = try stateOptions.existing()
            let run = try workspace.run(named: runID)
            let folder = try workspace.runFolder(run.id)
            let results = try prices.map { try workspace.results(of: run, pricedBy: $0) } ?? workspace.results(of: run)
            let report = ExperimentReport(results, tasks: .standard)
            if open {
                let path = try ReportWriter(folder: target(folder), picture: workspace.picture).write(report, results)
                Terminal.writeLine(path)
                try await Browser.open(path)
                return
            }
            switch format {
            case .text:
                Terminal.writeSentences(report.terminal(Terminal().style))
                NextCommand.write(next(run.id, in: workspace))
            case .html:
                Terminal.writeLine(try ReportWriter(folder: target(folder), picture: workspace.picture).write(report, results))
            case .md: Terminal.write(report.markdown())
            case .csv: Terminal.write(report.table())
            case .predictions: Terminal.write(report.predictions())
            case .json: Terminal.writeJSON(report.metricsDocument())
            }
        }
    }

    private func next(_ run: RunID, in workspace: Workspace) -> String {
        let priced = prices.map { NextCommand.option("--prices", $0) } ?? []
        func command(_ words: [String], _ options: [String] = []) -> String {
            NextCommand.of(words, run: run, options: options, state: workspace.folder)
        }
        return "\(command(["report"], priced + ["--open"])) shows the page, \(command(["compare"])) ranks the models"
    }

    /// A report with other prices is written to a subfolder of the run's own.
    private func target(_ folder: String) -> String { prices == nil ? folder : folder + "/priced" }
}

/// Opens files in the user's browser.
enum Browser {
    /// - Throws: `Refusal` if no program on the `PATH` opens pages.
    static func open(_ path: String) async throws {
        let environment = ProcessInfo.processInfo.environment
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        let openers = [environment["BROWSER"] ?? "", "xdg-open", "sensible-browser", "open"].filter { opener in
            !opener.isEmpty
                && (opener.hasPrefix("/") ? [""] : folders.map { $0 + "/" }).contains {
                    FileManager.default.isExecutableFile(atPath: $0 + opener)
                }
        }
        guard let opener = openers.first else {
            throw Refusal("cannot open a browser: xdg-open is not installed; the page is \(path)", code: .failure)
        }
        _ = try await ChildProcess.run(ChildCommand(opener, [path], diesWithParent: false))
    }
}
