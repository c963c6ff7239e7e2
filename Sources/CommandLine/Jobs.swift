// `assay jobs`: lists remote jobs and leases, and settles those that need a decision.

import Application
import ArgumentParser
import Artifacts
import Basics
import Execution
import Foundation
import Ledger
import ProviderKit
import Steps

struct Jobs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "jobs", abstract: "List and manage remote jobs, quarantined jobs, and what is billed by the hour.",
        subcommands: [List.self, Adopt.self, Forget.self, Cancel.self, Clean.self, TakeOver.self],
        defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list",
            abstract: "List jobs and deployments of the ledger and, with a spec, those that only its providers know.")
        @OptionGroup var options: RemoteOptions
        @Flag(help: "Include jobs that have ended.")
        var all = false
        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            try await Reporter.explaining {
                let dialogue: Dialogue = json ? .unattended : .terminal
                var listing = RemoteJobManager.Listing()
                // A spec's providers are queried even if nothing has run here.
                if let spec = options.spec {
                    listing = try await Workspace.reading(spec: spec, state: options.stateOptions.state) { workspace in
                        try await RemoteJobManager(workspace, settings: options.settings, dialogue: dialogue)
                            .list(all: all, spec: spec)
                    }
                } else if let workspace = try Workspace.existing(state: options.stateOptions.state) {
                    listing = try await RemoteJobManager(workspace, dialogue: dialogue).list(all: all, spec: nil)
                }
                if json { return Terminal.writeJSON(JobsText.json(listing)) }
                for (job, held) in listing.jobs {
                    for line in JobsText.lines(job, held: held) { Terminal.writeLine(line) }
                }
                for forgotten in listing.forgotten { Terminal.writeLine(JobsText.line(forgotten)) }
                for lease in listing.leases { Terminal.writeLine("deployment " + JobsText.line(lease)) }
                if listing.jobs.isEmpty, listing.leases.isEmpty {
                    Terminal.writeLine(
                        "no open jobs or billed deployments" + (options.spec == nil ? "" : " that this ledger knows"))
                }
                for resource in listing.unknownResources ?? [] { Terminal.writeLine(JobsText.line(resource)) }
            }
        }
    }

    struct Adopt: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "adopt", abstract: "Link a job of the ledger to a job at the provider.")
        @Argument(help: "The job's number in 'assay jobs'.")
        var number: Int64
        @Argument(help: "The provider's id, such as batch_… or ftjob-….")
        var remoteID: String
        @OptionGroup var options: RemoteOptions

        func run() async throws {
            try await Reporter.explaining {
                try await options.existing(.terminal).adopt(number, as: remoteID, spec: options.spec)
                Terminal.writeLine("job \(number) is \(remoteID); the next run of the experiment collects it")
            }
        }
    }

    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "forget",
            abstract:
                "Remove a job that does not exist at the provider. The next run searches again and, if it does not find the job, creates it."
        )
        @Argument(help: "The job's number in 'assay jobs'.")
        var number: Int64
        @OptionGroup var stateOptions: StateOptions

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try stateOptions.existing()
                let job = try RemoteJobManager(workspace, dialogue: .terminal).forget(number)
                Terminal.writeLine(
                    "removed job \(number) from the ledger"
                        + (job.isOpen
                            ? ": the next run looks for a \(job.kind) with the tag \(job.tag) at the provider, adopts it if "
                                + "it exists, and sends it otherwise. Because the provider's list may lag, it is read twice, "
                                + "\(Int(RemotePace.batch.settling)) s apart"
                            : ""))
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cancel", abstract: "Cancel a job at the provider. What it has finished is billed and kept.")
        @Argument(help: "The job's number in 'assay jobs'.")
        var number: Int64
        @OptionGroup var options: RemoteOptions

        func run() async throws {
            try await Reporter.explaining {
                let (job, id) = try await options.existing(.terminal).cancel(number, spec: options.spec)
                Terminal.writeLine(
                    "\(id) is being cancelled. "
                        + (job.kind == "batch"
                            ? "The next run keeps its finished answers and requests the rest again"
                            : "The next run reports it as ended; --retry starts another"))
            }
        }
    }

    struct Clean: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "clean",
            abstract: "Delete this project's deployments (named assay-…) and uploaded files at its providers.",
            discussion: """
                Anything that a run is using is kept, and so are files while a job is open. A deployment that this ledger does not \
                know may belong to another machine: it is deleted only after you confirm, or with --yes.
                """)
        @OptionGroup var options: RemoteOptions
        @Flag(help: "Also delete deployments that this ledger does not know.")
        var yes = false

        func run() async throws {
            try await Reporter.explaining {
                guard let spec = options.spec else {
                    return try await options.existing(.terminal).clean(spec: nil, includingUnknown: yes)
                }
                // A spec's providers are cleaned even if nothing has run here.
                try await Workspace.reading(spec: spec, state: options.stateOptions.state) { workspace in
                    try await RemoteJobManager(workspace, settings: options.settings, dialogue: .terminal)
                        .clean(spec: spec, includingUnknown: yes)
                }
            }
        }
    }
}

extension Jobs {
    struct TakeOver: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "take-over",
            abstract: "Take over a ledger from another user or machine, or from an older version.",
            discussion: """
                Until then, no command sends a request or deletes a deployment for it, because a ledger that came with a \
                project contains addresses chosen by its author. Inspect it first with 'assay runs' and 'assay jobs'.
                """)
        @OptionGroup var stateOptions: StateOptions

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try stateOptions.existing()
                guard workspace.ownership != .own else {
                    return Terminal.writeLine(workspace.ownership.text(workspace.ledger.path) + " already")
                }
                try workspace.takeOver()
                Terminal.writeLine(LedgerOwnership.own.text(workspace.ledger.path))
            }
        }
    }
}

/// Options of commands that manage resources at providers. The spec may be omitted if the ledger knows it.
struct RemoteOptions: ParsableArguments {
    @Argument(
        help: "The experiment's YAML file. Default: the specs of the runs in the ledger.",
        completion: .file(extensions: ["yaml", "yml"]))
    var spec: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Change a value of the spec.", valueName: "path=value"))
    var settings: [String] = []

    @OptionGroup var stateOptions: StateOptions

    /// Manages the jobs of a project with existing runs.
    /// - Throws: `Refusal` if nothing has run.
    func existing(_ dialogue: Dialogue) throws -> RemoteJobManager {
        RemoteJobManager(try stateOptions.existing(spec: spec), settings: settings, dialogue: dialogue)
    }
}
