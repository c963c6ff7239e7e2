// `assay runs`, `assay show`, `assay status`: what ran, and what goes on.

import Application
import ArgumentParser
import Artifacts
import Basics
import Execution
import Foundation
import Ledger
import Planning
import Platform
import Steps

struct Runs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "runs", abstract: "List the runs, newest first.")

    @OptionGroup var stateOptions: StateOptions
    @Option(help: "How many.")
    var last = 20
    @Flag(help: "Write JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            let workspace = try Workspace(spec: nil, state: stateOptions.state)
            let runs = try workspace.ledger.runs(limit: last)
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
            let workspace = try Workspace(spec: nil, state: stateOptions.state)
            let run = try workspace.run(named: runID)
            if let step { return try show(step, of: run, in: workspace) }
            Terminal.writeLine("\(run.id)  \(run.state)  \(run.experiment)  \(run.spec)")
            for step in try workspace.ledger.steps(of: run.id) {
                Terminal.writeLine("  " + Show.line(step))
                for problem in Show.problems(step, workspace) { Terminal.writeLine("    " + problem) }
            }
            for spend in try workspace.ledger.spending(of: run.id) {
                Terminal.writeLine(
                    "  \(spend.step)  \(spend.amount) for \(spend.what)" + (spend.emulated ? " (emulated)" : ""))
            }
            if let report = run.detail["report"]?.string { Terminal.writeLine("  report: \(report)") }
        }
    }

    /// What went wrong with a step that ended well all the same, such as images that the provider rejects.
    private static func problems(_ step: RunStep, _ workspace: Workspace) -> [String] {
        guard let key = step.key, let result = try? workspace.store.result(for: key) else { return [] }
        return (result.facts[StepOutcome.problems]?.array ?? []).compactMap(\.string)
    }

    private static func line(_ step: RunStep) -> String {
        var line = "\(step.step)  \(step.state)"
        if let seconds = step.seconds { line += String(format: "  %.1f s", seconds) }
        if let message = step.message { line += "  \(message)" }
        return line
    }

    /// Writes how a step ended and, of a program, what it wrote to its standard output and error.
    private func show(_ name: String, of run: RunRecord, in workspace: Workspace) throws {
        let steps = try workspace.ledger.steps(of: run.id)
        guard let step = steps.first(where: { $0.step.text == name }) else {
            let names = steps.map(\.step.text)
            throw Refusal(
                "run \(run.id) has no step '\(name)'"
                    + (names.isEmpty ? "" : "; its steps are \(names.prefix(10).joined(separator: ", "))")
                    + (names.count > 10 ? " and \(names.count - 10) more" : ""),
                code: .invalid)
        }
        Terminal.writeLine(Show.line(step))
        for problem in Show.problems(step, workspace) { Terminal.writeLine("  " + problem) }
        guard StepKind(rawValue: step.kind)?.runsProgram ?? false, let key = step.key else { return }
        let bytes: Data?
        if step.state == StepState.failed.rawValue {
            bytes = try FileManager.default.contents(
                atPath: workspace.store.persistentPath(for: key, RunCommand.failedLog))
        } else {
            bytes = try workspace.store.result(for: key)?.output(RunCommand.log)
                .flatMap { try workspace.store.bytes(of: $0.digest) }
        }
        let text = bytes.map { ProgramLog.printable(String(decoding: $0, as: UTF8.self)) } ?? ""
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
            let workspace = try Workspace(spec: nil, state: stateOptions.state)
            let isOwn = try await workspace.mayAct(
                hasWork: !workspace.ledger.deadLeases().isEmpty, dialogue: .terminal)
            if isOwn {
                _ = try workspace.ledger.closeDeadRuns()
                await LeaseKeeper.endAbandoned(in: workspace, dialogue: .terminal)
            }
            let running = try workspace.ledger.runs(limit: 50).filter { $0.state == "running" }
            for run in running {
                Terminal.writeLine("running: \(run.id)  \(run.experiment), since \(run.startedAt.ISO8601Format())")
            }
            let jobs = try workspace.ledger.jobs(.open)
            for job in jobs {
                let since = "since \(job.createdAt.ISO8601Format())"
                if job.state == RemoteJobState.quarantined.rawValue {
                    Terminal.writeLine(
                        "in quarantine: \(job.kind) of \(job.step), \(since): 'assay jobs' says how to decide")
                    continue
                }
                Terminal.writeLine(
                    "waited for: \(job.kind) \(job.remoteID ?? "(not known yet)") of \(job.step), "
                        + "\(job.detail["last"]?.string ?? job.state), \(since)")
            }
            let leases = try workspace.ledger.leases()
            for lease in leases {
                Terminal.writeLine("bills: " + JobsText.line(lease))
            }
            for (isEmulated, name) in [(false, "spent"), (true, "spent at emulators")] {
                let balance = try workspace.ledger.balance(emulated: isEmulated)
                if balance.spent > .zero || balance.reserved > .zero || !isEmulated {
                    Terminal.writeLine("\(name): \(balance.spent), held back: \(balance.reserved)")
                }
            }
            let cluster = isOwn ? await ClusterStatus.lines(in: workspace) : []
            for line in cluster { Terminal.writeLine(line) }
            if running.isEmpty, jobs.isEmpty, leases.isEmpty, cluster.isEmpty {
                Terminal.writeLine("nothing runs and nothing bills")
            }
        }
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
