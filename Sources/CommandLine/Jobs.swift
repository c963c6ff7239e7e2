// `assay jobs`: remote jobs and leases, and what a person decides about them.

import Application
import ArgumentParser
import Artifacts
import Basics
import Execution
import Foundation
import Ledger
import Planning
import Specification
import Steps

struct Jobs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "Show remote jobs, quarantines and what bills by the hour; decide about them.",
        subcommands: [List.self, Adopt.self, Forget.self, Cancel.self, Clean.self, TakeOver.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "Show jobs and leases of the ledger; with a spec also what its providers have beyond it.")
        @OptionGroup var options: RemoteOptions
        @Flag(help: "Also jobs that have ended.")
        var all = false
        @Flag(help: "Write JSON.")
        var json = false

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try options.workspace()
                let dialogue: Dialogue = json ? .unattended : .terminal
                let isOwn = try await workspace.mayAct(
                    hasWork: options.spec != nil || !workspace.ledger.deadLeases().isEmpty, dialogue: dialogue)
                if isOwn { await LeaseKeeper.endAbandoned(in: workspace, dialogue: dialogue) }
                let jobs = try workspace.ledger.jobs().filter { job in
                    try all || job.isOpen || job.lost != nil && workspace.ledger.isLatestAttempt(job)
                }
                let leases = try workspace.ledger.leases()
                if json {
                    Terminal.writeJSON(JobsText.json(jobs, leases, isOwn ? try await strays(workspace) : nil))
                    return
                }
                for job in jobs {
                    let held = try workspace.ledger.held(by: job)
                    for line in JobsText.lines(job, held: held) { Terminal.writeLine(line) }
                }
                if all {
                    for forgotten in try workspace.ledger.forgottenJobs() { Terminal.writeLine(JobsText.line(forgotten)) }
                }
                for lease in leases { Terminal.writeLine("deployment " + JobsText.line(lease)) }
                if jobs.isEmpty, leases.isEmpty {
                    Terminal.writeLine(
                        "no open jobs, and nothing bills" + (options.spec == nil ? "" : " that this ledger knows"))
                }
                guard isOwn else { return }
                for stray in try await strays(workspace) ?? [] { Terminal.writeLine(JobsText.line(stray)) }
            }
        }

        /// What the providers of the spec have beyond the ledger; `nil` without a spec.
        private func strays(_ workspace: Workspace) async throws -> [Stray]? {
            guard let spec = options.spec else { return nil }
            return try await ProviderAccess(options.request(spec), workspace, dialogue: .terminal).strays()
        }
    }

    struct Adopt: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "adopt", abstract: "Say which job at the provider a job of the ledger is.")
        @Argument(help: "The job's number in 'assay jobs'.")
        var number: Int64
        @Argument(help: "The provider's id, such as batch_… or ftjob-….")
        var remoteID: String
        @OptionGroup var options: RemoteOptions

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try options.workspace()
                let job = try workspace.ledger.job(number)
                guard let state = try? RemoteJobState(rawValue: job.state)?.after(.created) else {
                    throw Refusal(
                        "job \(number) is \(job.state)\(job.remoteID.map { " as \($0)" } ?? ""): there is nothing to adopt",
                        code: .invalid)
                }
                try await workspace.requireOwnership(to: "ask a provider", dialogue: .terminal)
                // A wrong id would make the next run take another job's end for this one's, and pay again.
                try await options.access(to: job, workspace).check(job, is: remoteID)
                try workspace.ledger.markSubmitted(number, remoteID: remoteID, state: state.rawValue)
                Terminal.writeLine("job \(number) is \(remoteID); the next run of the experiment collects it")
            }
        }
    }

    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "forget",
            abstract: "Take a job out of the ledger, as it does not exist at the provider: the next run looks and creates it.")
        @Argument(help: "The job's number in 'assay jobs'.")
        var number: Int64
        @OptionGroup var stateOptions: StateOptions

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try Workspace(spec: nil, state: stateOptions.state)
                let job = try workspace.ledger.job(number)
                try workspace.ledger.forget(number)
                Terminal.writeLine(
                    "job \(number) is forgotten"
                        + (job.isOpen
                            ? ": the next run looks for a \(job.kind) with the tag \(job.tag) at the provider, takes it if "
                                + "it is there, and sends it if not. As its list may lag, it looks twice, "
                                + "\(Int(RemotePace.batch.settling)) s apart"
                            : ""))
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cancel", abstract: "Cancel a job at the provider; what it has finished is billed and kept.")
        @Argument(help: "The job's number in 'assay jobs'.")
        var number: Int64
        @OptionGroup var options: RemoteOptions

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try options.workspace()
                let job = try workspace.ledger.job(number)
                guard let id = job.remoteID else {
                    throw Refusal(
                        "job \(number) has no id at the provider; 'assay jobs' shows what is known of it", code: .invalid)
                }
                guard job.isOpen else { throw Refusal("job \(number) is \(job.state) already", code: .invalid) }
                try await workspace.requireOwnership(to: "cancel a job", dialogue: .terminal)
                try await options.access(to: job, workspace).cancel(job, id)
                Terminal.writeLine(
                    "\(id) is being cancelled. "
                        + (job.kind == "batch"
                            ? "The next run keeps what it had finished, and asks again for the rest"
                            : "The next run finds it ended; --retry makes another"))
            }
        }
    }

    struct Clean: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "clean",
            abstract: "Delete what this project left at a provider: deployments named assay-…, uploaded files.",
            discussion: """
                What a run uses now stays, and so do files while a job is open. Deployments that this ledger does not know may \
                be another machine's: they go only after a question, or with --yes.
                """)
        @OptionGroup var options: RemoteOptions
        @Flag(help: "Also delete deployments that this ledger does not know.")
        var yes = false

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try options.workspace()
                try await workspace.requireOwnership(to: "delete deployments and files", dialogue: .terminal)
                let specs = try options.spec.map { [$0] } ?? workspace.ledger.specsOfRuns()
                guard !specs.isEmpty else {
                    throw Refusal("there is no run here: name the spec whose providers are to be cleaned", code: .invalid)
                }
                for spec in specs {
                    try await ProviderAccess(options.request(spec), workspace, dialogue: .terminal).clean(takingStrays: yes)
                }
            }
        }
    }
}

extension Jobs {
    struct TakeOver: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "take-over",
            abstract: "Make a ledger yours that came from another user or machine, or from an older version.",
            discussion: """
                Until then no command sends a request or deletes a deployment on its behalf: a ledger that came with a \
                project names the addresses that its author chose. Look at it first with 'assay runs' and 'assay jobs'.
                """)
        @OptionGroup var stateOptions: StateOptions

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try Workspace(spec: nil, state: stateOptions.state)
                guard workspace.ownership != .own else {
                    return Terminal.writeLine(workspace.ownership.text(workspace.ledger.path) + " already")
                }
                try workspace.takeOver()
                Terminal.writeLine(LedgerOwnership.own.text(workspace.ledger.path))
            }
        }
    }
}

/// The options of commands that look after what is at providers. Their spec may be left out where the ledger knows which
/// it was.
struct RemoteOptions: ParsableArguments {
    @Argument(
        help: "The experiment's YAML file; without it, those of the runs in the ledger.",
        completion: .file(extensions: ["yaml", "yml"]))
    var spec: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Change a value of the spec.", valueName: "path=value"))
    var settings: [String] = []

    @OptionGroup var stateOptions: StateOptions

    func workspace() throws -> Workspace { try Workspace(spec: spec, state: stateOptions.state) }

    func request(_ spec: String) -> SpecRequest {
        SpecRequest(spec: spec, settings: settings, state: stateOptions.state)
    }

    /// The providers of the run that sent a job, unless another spec is named.
    func access(to job: RemoteJob, _ workspace: Workspace) throws -> ProviderAccess {
        guard let spec = try spec ?? workspace.ledger.run(job.run)?.spec else {
            throw Refusal("the ledger does not know the spec of job \(job.id): name it", code: .invalid)
        }
        return ProviderAccess(request(spec), workspace, dialogue: .terminal)
    }
}

extension Ledger {
    /// The specs that runs were made of, the latest first, as far as they are still there.
    fileprivate func specsOfRuns() throws -> [String] {
        var specs: [String] = []
        for run in try runs() where !specs.contains(run.spec) && FileManager.default.fileExists(atPath: run.spec) {
            specs.append(run.spec)
        }
        return specs
    }
}

struct Models: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "List fine-tuned models that runs made, and how to use them again.")
    @OptionGroup var stateOptions: StateOptions

    func run() async throws {
        try await Reporter.explaining {
            let workspace = try Workspace(spec: nil, state: stateOptions.state)
            let tuned = try workspace.store.results().filter { $0.kind == StepKind.fineTune.rawValue }
            if tuned.isEmpty { Terminal.writeLine("no fine-tuned models yet") }
            for summary in tuned.sorted(by: { $0.createdAt < $1.createdAt }) {
                guard let digest = summary.output(FineTune.model)?.digest,
                    let model = try? TunedModel(json: workspace.store.bytes(of: digest))
                else { continue }
                Terminal.writeLine(
                    "\(model.model)\n  from \(model.base) by \(model.job), \(summary.createdAt.ISO8601Format()), "
                        + "\(summary.experiment) \(summary.step)\n  a run that needs it deploys it again by itself")
                for checkpoint in model.checkpoints ?? [] {
                    Terminal.writeLine("  checkpoint after step \(checkpoint.step): \(checkpoint.model)")
                }
            }
        }
    }
}
