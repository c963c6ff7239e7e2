// `assay runs`, `assay show`, `assay status`: what ran, and what goes on.

import Application
import ArgumentParser
import Basics
import Foundation
import Ledger

struct Runs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "runs", abstract: "List the runs, newest first.")

    @OptionGroup var stateOptions: StateOptions
    @Option(help: "How many.")
    var last = 20
    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            let runs = try Workspace.existing(state: stateOptions.state)?.ledger.runs(limit: last) ?? []
            if json {
                Terminal.writeJSON(JSONValue.object(["runs": .array(runs.map(\.json))]))
                return
            }
            if runs.isEmpty { Terminal.writeLine("no runs yet") }
            for run in runs {
                let seconds = run.finishedAt.map { String(format: "%.1f s", $0.timeIntervalSince(run.startedAt)) } ?? ""
                Terminal.writeLine(
                    "\(run.id)  \(run.state)  \(run.experiment)  \(run.startedAt.ISO8601Format())  \(seconds)")
            }
        }
    }
}

struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the steps of a run, or one step with its program's output.")

    @Argument(help: "The run's id; without it, the last run.")
    var runID: String?
    @Argument(help: "A step of the run, as 'run-command:cnn:main.test'.")
    var step: String?
    @OptionGroup var stateOptions: StateOptions

    func run() async throws {
        try await Reporter.explaining {
            let workspace = try stateOptions.existing()
            let run = try workspace.run(named: runID)
            if let step { return try show(workspace.step(named: step, of: run), in: workspace) }
            Terminal.writeLine("\(run.id)  \(run.state)  \(run.experiment)  \(run.spec)")
            for step in try workspace.ledger.steps(of: run.id) {
                Terminal.writeLine("  " + Show.line(step))
                for problem in workspace.problems(of: step) { Terminal.writeLine("    " + problem) }
            }
            for spend in try workspace.ledger.spending(of: run.id) {
                Terminal.writeLine(
                    "  \(spend.step)  \(spend.amount) for \(spend.what)" + (spend.emulated ? " (emulated)" : ""))
            }
            if let report = run.detail["report"]?.string { Terminal.writeLine("  report: \(report)") }
        }
    }

    private static func line(_ step: RunStep) -> String {
        var line = "\(step.step)  \(step.state)"
        if let seconds = step.seconds { line += String(format: "  %.1f s", seconds) }
        if let message = step.message { line += "  \(message)" }
        return line
    }

    /// Writes how a step ended and, of a program, what it wrote to its standard output and error.
    private func show(_ step: RunStep, in workspace: Workspace) throws {
        Terminal.writeLine(Show.line(step))
        for problem in workspace.problems(of: step) { Terminal.writeLine("  " + problem) }
        guard let text = try workspace.output(of: step) else { return }
        if text.isEmpty { return Terminal.writeLine("it wrote nothing") }
        Terminal.writeLine("output:")
        Terminal.write(text.hasSuffix("\n") ? text : text + "\n")
    }
}

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show what runs, what is waited for, what bills.")

    @OptionGroup var stateOptions: StateOptions

    func run() async throws {
        try await Reporter.explaining {
            guard let workspace = try Workspace.existing(state: stateOptions.state) else {
                return Terminal.writeLine("nothing runs and nothing bills")
            }
            let status = try await ProjectStatus(of: workspace, dialogue: .terminal)
            for run in status.running {
                Terminal.writeLine("running: \(run.id)  \(run.experiment), since \(run.startedAt.ISO8601Format())")
            }
            for job in status.jobs { Terminal.writeLine(Status.line(job)) }
            for lease in status.leases { Terminal.writeLine("bills: " + JobsText.line(lease)) }
            Terminal.writeLine(Status.line("spent", status.real))
            if !status.emulated.isZero { Terminal.writeLine(Status.line("spent at emulators", status.emulated)) }
            for line in status.cluster { Terminal.writeLine(line) }
            if status.isIdle { Terminal.writeLine("nothing runs and nothing bills") }
        }
    }

    private static func line(_ job: RemoteJob) -> String {
        let since = "since \(job.createdAt.ISO8601Format())"
        if job.isQuarantined { return "in quarantine: \(job.kind) of \(job.step), \(since): 'assay jobs' says how to decide" }
        return "waited for: \(job.kind) \(job.remoteID ?? "(not known yet)") of \(job.step), "
            + "\(job.detail["last"]?.string ?? job.state), \(since)"
    }

    private static func line(_ name: String, _ balance: ProjectStatus.Balance) -> String {
        "\(name): \(balance.spent), held back: \(balance.reserved)"
    }
}

extension RunRecord {
    var json: JSONValue {
        [
            "id": .string(id.text), "experiment": .string(experiment), "spec": .string(spec), "state": .string(state),
            "started_at": .string(startedAt.ISO8601Format()),
            "finished_at": finishedAt.map { .string($0.ISO8601Format()) } ?? .null, "detail": detail,
        ]
    }
}
