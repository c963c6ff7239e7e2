// `assay runs`, `assay show`, `assay status`: past runs and current activity.

import Application
import ArgumentParser
import Basics
import Execution
import Foundation
import Ledger
import Reporting

struct Runs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs", abstract: "List the runs, newest first; tag, annotate or remove one.",
        subcommands: [List.self, Tag.self, Note.self, Remove.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "List the runs, newest first.")

        @OptionGroup var stateOptions: StateOptions
        @Option(help: "Maximum number of runs to list.")
        var last = 20
        @Option(help: "Only runs with this tag.", completion: .custom(Completions.tags))
        var tag: String?
        @Flag(help: "Print JSON.")
        var json = false

        func validate() throws {
            guard last > 0 else { throw ValidationError("--last takes a number of runs, 1 or more.") }
        }

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try Workspace.existing(state: stateOptions.state)
                workspace?.closeDeadRuns()
                let all = try workspace?.ledger.runs(limit: tag == nil ? last : nil) ?? []
                let runs = all.filter { run in tag.map { run.tags.contains($0) } ?? true }.prefix(last)
                if json {
                    Terminal.writeJSON(JSONValue.object(["runs": .array(runs.map(\.json))]))
                    return
                }
                if runs.isEmpty {
                    Terminal.writeLine(
                        tag.map { "no run has the tag '\($0)'" } ?? "no runs yet: 'assay run SPEC' starts one")
                }
                for line in List.lines(Array(runs)) { Terminal.writeLine(line) }
                if let newest = runs.first, let workspace {
                    NextCommand.write(
                        "\(NextCommand.of(["show"], run: newest.id, state: workspace.folder)) lists the steps of the newest of "
                            + "these runs")
                }
            }
        }

        /// The runs as aligned columns, with tags and note at the end.
        private static func lines(_ runs: [RunRecord]) -> [String] {
            let rows = runs.map { run in
                [
                    run.id.text, run.state, run.experiment, run.startedAt.ISO8601Format(),
                    run.seconds.map { DurationText.of(seconds: $0) } ?? "",
                ].map { TerminalText.singleLine($0) }
            }
            let widths = (0..<5).map { column in rows.map { $0[column].terminalColumns }.max() ?? 0 }
            return zip(runs, rows).map { run, row in
                let cells = row.enumerated().map { column, cell in
                    let space = String(repeating: " ", count: widths[column] - cell.terminalColumns)
                    return column == 4 ? space + cell : cell + space
                }
                var line = cells.joined(separator: "  ")
                if !run.tags.isEmpty { line += "  [\(run.tags.joined(separator: ", "))]" }
                if let note = run.note { line += "  \(TerminalText.singleLine(note))" }
                return String(line.reversed().drop { $0 == " " }.reversed())
            }
        }
    }

    struct Tag: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "tag", abstract: "Tag a run. 'assay runs --tag TAG' lists the runs with a tag.")

        @OptionGroup var runOptions: RunOptions
        @Argument(help: "Tags, without commas.")
        var tags: [String] = []
        @Option(parsing: .singleValue, help: "A tag to remove.")
        var remove: [String] = []

        func run() async throws {
            try await Reporter.explaining {
                let (workspace, run) = try runOptions.run()
                let tags = try workspace.tag(run, adding: tags, removing: remove)
                Terminal.writeLine("\(run.id): " + (tags.isEmpty ? "no tags" : tags.joined(separator: ", ")))
            }
        }
    }

    struct Note: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "note", abstract: "Write a note about a run, or print the note if no text is given.")

        @OptionGroup var runOptions: RunOptions
        @Argument(help: "The note; an empty text ('') removes it.")
        var text: String?

        func run() async throws {
            try await Reporter.explaining {
                let (workspace, run) = try runOptions.run()
                if let text { try workspace.note(text, on: run) }
                let note = text ?? run.note ?? ""
                Terminal.writeLine("\(run.id): " + (note.isEmpty ? "no note" : note))
            }
        }
    }

    struct Remove: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "rm",
            abstract: "Remove a run from the list and delete its report. Results and the record of its cost are kept.")

        @OptionGroup var runOptions: RunOptions

        func run() async throws {
            try await Reporter.explaining {
                let (workspace, run) = try runOptions.run()
                try workspace.remove(run)
                Terminal.writeLine(
                    "removed \(run.id); 'assay cache gc' removes results that no other run uses")
            }
        }
    }
}

/// Selects a run of the project.
struct RunOptions: ParsableArguments {
    @Argument(
        help: "The run: its id, an unambiguous prefix, or 'last'.", completion: .custom(Completions.runs))
    var runID: String
    @OptionGroup var stateOptions: StateOptions

    func run() throws -> (Workspace, RunRecord) {
        let workspace = try stateOptions.existing()
        return (workspace, try workspace.run(named: runID))
    }
}

struct Show: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show the steps of a run, or one step with the output of its program.")

    @Argument(
        help: "The run: its id, an unambiguous prefix, or 'last' (the default).",
        completion: .custom(Completions.runs))
    var runID: String?
    @Argument(help: "A step of the run, for example 'run-command:cnn:main.test'.", completion: .custom(Completions.steps))
    var step: String?
    @OptionGroup var stateOptions: StateOptions
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            let workspace = try stateOptions.existing()
            let run = try workspace.run(named: runID)
            if json { return Terminal.writeJSON(try document(run, in: workspace)) }
            if let step { return try show(workspace.step(named: step, of: run), in: workspace) }
            Terminal.writeLine("\(run.id)  \(run.state)  \(run.experiment)  \(run.spec)")
            let steps = try workspace.listedSteps(of: run.id)
            for step in steps {
                Terminal.writeLine("  " + Show.line(step))
                for problem in workspace.problems(of: step) { Terminal.writeLine("    " + problem) }
            }
            for spend in try workspace.ledger.spending(of: run.id) {
                Terminal.writeLine(
                    "  \(spend.step)  \(spend.amount) for \(spend.what)" + (spend.emulated ? " (emulated)" : ""))
            }
            if !run.tags.isEmpty { Terminal.writeLine("  tags: \(run.tags.joined(separator: ", "))") }
            if let note = run.note { Terminal.writeLine("  note: \(note)") }
            if let report = run.detail["report"]?.string { Terminal.writeLine("  report: \(report)") }
            if let next = next(run, steps, in: workspace) { NextCommand.write(next) }
        }
    }

    /// `nil` for a run without results or failed steps.
    private func next(_ run: RunRecord, _ steps: [RunStep], in workspace: Workspace) -> String? {
        func command(_ words: [String], _ options: [String] = []) -> String {
            NextCommand.of(words, run: run.id, options: options, state: workspace.folder)
        }
        if let failed = steps.first(where: { $0.state == StepState.failed.rawValue }) {
            return "\(command(["show"], [failed.step.text])) shows a failed step with the output of its program"
        }
        return run.detail["report"]?.string == nil ? nil : "\(command(["report"])) shows the results"
    }

    /// The run with its steps and spending; for a single step, also its program's output.
    private func document(_ run: RunRecord, in workspace: Workspace) throws -> JSONValue {
        let steps = try step.map { [try workspace.step(named: $0, of: run)] } ?? workspace.ledger.steps(of: run.id)
        var members = run.json.object ?? [:]
        members["steps"] = .array(
            try steps.map { step in
                var members: [String: JSONValue] = [
                    "id": .string(step.step.text), "kind": .string(step.kind), "state": .string(step.state),
                    "seconds": step.seconds.map { .double($0) } ?? .null,
                    "message": step.message.map { .string($0) } ?? .null,
                    "problems": .array(workspace.problems(of: step).map { .string($0) }),
                ]
                if self.step != nil { members["output"] = try workspace.output(of: step).map { .string($0) } ?? .null }
                return .object(members)
            })
        members["spending"] = .array(
            try workspace.ledger.spending(of: run.id).map { spend in
                [
                    "step": .string(spend.step.text), "usd": .double(spend.amount.dollars), "what": .string(spend.what),
                    "emulated": .bool(spend.emulated),
                ]
            })
        return .object(members)
    }

    private static func line(_ step: RunStep) -> String {
        var line = "\(step.step)  \(step.state)"
        if let seconds = step.seconds { line += "  \(DurationText.of(seconds: seconds))" }
        if let message = step.message { line += "  \(message)" }
        return line
    }

    /// Writes how a step ended and, for a program, its standard output and error.
    private func show(_ step: RunStep, in workspace: Workspace) throws {
        Terminal.writeLine(Show.line(step))
        for problem in workspace.problems(of: step) { Terminal.writeLine("  " + problem) }
        guard let text = try workspace.output(of: step) else { return }
        if text.isEmpty { return Terminal.writeLine("it wrote no output") }
        Terminal.writeLine("output:")
        Terminal.write(text.hasSuffix("\n") ? text : text + "\n")
    }
}

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show running steps, pending remote jobs, and what is billed by the hour.")

    @OptionGroup var stateOptions: StateOptions
    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            var status = ProjectStatus()
            let workspace = try Workspace.existing(state: stateOptions.state)
            if let workspace {
                status = try await ProjectStatus(of: workspace, dialogue: json ? .unattended : .terminal)
            }
            if json { return Terminal.writeJSON(Status.document(status)) }
            for run in status.running {
                Terminal.writeLine("running: \(run.id)  \(run.experiment), since \(run.startedAt.ISO8601Format())")
            }
            for job in status.jobs { Terminal.writeLine(Status.line(job)) }
            for lease in status.leases { Terminal.writeLine("bills: " + JobsText.line(lease)) }
            Terminal.writeLine(Status.line("spent", status.real))
            if !status.emulated.isZero { Terminal.writeLine(Status.line("spent at emulators", status.emulated)) }
            for line in status.cluster { Terminal.writeLine(line) }
            if status.isIdle { Terminal.writeLine("nothing is running or billed") }
            if let workspace { NextCommand.write(Status.next(status, state: workspace.folder)) }
        }
    }

    private static func next(_ status: ProjectStatus, state: String) -> String {
        func command(_ words: [String], _ options: [String] = []) -> String {
            NextCommand.of(words, options: options, state: state)
        }
        if !status.running.isEmpty { return "\(command(["view"], ["--open"])) shows the progress" }
        if !status.jobs.isEmpty || !status.leases.isEmpty { return "\(command(["jobs"])) shows what can be done about them" }
        return "\(command(["runs"])) lists the runs"
    }

    private static func line(_ job: RemoteJob) -> String {
        let since = "since \(job.createdAt.ISO8601Format())"
        if job.isQuarantined { return "in quarantine: \(job.kind) of \(job.step), \(since): 'assay jobs' explains how to decide" }
        return "pending: \(job.kind) \(job.remoteID ?? "(id not known yet)") of \(job.step), "
            + "\(job.detail["last"]?.string ?? job.state), \(since)"
    }

    private static func document(_ status: ProjectStatus) -> JSONValue {
        var listing = RemoteJobManager.Listing()
        listing.jobs = status.jobs.map { ($0, .zero) }
        listing.leases = status.leases
        func balance(_ balance: ProjectStatus.Balance) -> JSONValue {
            ["spent_usd": .double(balance.spent.dollars), "reserved_usd": .double(balance.reserved.dollars)]
        }
        var members = JobsText.json(listing).object ?? [:]
        members["running"] = .array(status.running.map(\.json))
        members["real"] = balance(status.real)
        members["emulated"] = balance(status.emulated)
        members["cluster"] = .array(status.cluster.map { .string($0) })
        return .object(members)
    }

    private static func line(_ name: String, _ balance: ProjectStatus.Balance) -> String {
        "\(name): \(balance.spent), reserved: \(balance.reserved)"
    }
}

extension RunRecord {
    var json: JSONValue {
        [
            "id": .string(id.text), "experiment": .string(experiment), "spec": .string(spec), "state": .string(state),
            "started_at": .string(startedAt.ISO8601Format()),
            "finished_at": finishedAt.map { .string($0.ISO8601Format()) } ?? .null, "detail": detail,
            "tags": .array(tags.map { .string($0) }), "note": note.map { .string($0) } ?? .null,
        ]
    }
}
