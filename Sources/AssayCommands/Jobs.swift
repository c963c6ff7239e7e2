// `assay jobs`: remote jobs and leases, and what a person decides about them.

import ArgumentParser
import Artifacts
import AzureOpenAI
import AzureWire
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
        subcommands: [List.self, Adopt.self, Forget.self, Cancel.self, Clean.self], defaultSubcommand: List.self)

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Show jobs and leases.")
        @OptionGroup var stateOptions: StateOptions
        @Flag(help: "Also jobs that have ended.")
        var all = false
        @Flag(help: "Write JSON.")
        var json = false

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try Workspace(spec: nil, state: stateOptions.state)
                if !json { await LeaseKeeper.endAbandoned(in: workspace) }
                let jobs = try workspace.ledger.jobs(all ? JobFilter() : .open)
                let leases = try workspace.ledger.leases()
                if json {
                    Terminal.writeLine(JSONValue.object([
                        "jobs": .array(jobs.map { job in
                            [
                                "kind": .string(job.kind), "provider": .string(job.account),
                                "id": job.remoteID.map { .string($0) } ?? .null, "key": .string(job.key.digest.hex),
                                "state": .string(job.state), "since": .string(job.createdAt.ISO8601Format()),
                                "number": .int(job.id), "step": .string(job.step.text), "tag": .string(job.tag),
                                "reason": job.detail["quarantine"] ?? job.detail["reason"] ?? .null,
                            ]
                        }),
                        "leases": .array(leases.map { lease in
                            [
                                "id": .string(lease.name), "since": .string(lease.openedAt.ISO8601Format()),
                                "hourly_usd": .double(lease.hourly.dollars),
                            ]
                        }),
                    ]).pretty)
                    return
                }
                for job in jobs {
                    Terminal.writeLine(
                        "\(job.id)  \(job.kind)  \(job.state)  \(job.remoteID ?? "-")  \(job.step)  since "
                            + "\(job.createdAt.ISO8601Format())"
                            + (job.quarantine.map { reason in
                                "\n   \(reason)\n   'assay jobs adopt \(job.id) ID' if it is there, "
                                    + "'assay jobs forget \(job.id)' if it is not"
                            } ?? ""))
                }
                for lease in leases {
                    Terminal.writeLine(
                        "deployment \(lease.name)  \(lease.state.rawValue)  \(lease.hourly) an hour  since "
                            + lease.openedAt.ISO8601Format())
                }
                if jobs.isEmpty, leases.isEmpty { Terminal.writeLine("no open jobs, and nothing bills") }
            }
        }
    }

    struct Adopt: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "adopt", abstract: "Say which job at the provider a job of the ledger is.")
        @OptionGroup var stateOptions: StateOptions
        @Argument(help: "The job's number.")
        var number: Int64
        @Argument(help: "The provider's id, such as batch_… or ftjob-….")
        var remoteID: String

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try Workspace(spec: nil, state: stateOptions.state)
                let job = try workspace.ledger.job(number)
                let state = try (RemoteJobState(rawValue: job.state) ?? .quarantined).after(.created)
                try workspace.ledger.markSubmitted(number, remoteID: remoteID, state: state.rawValue)
                Terminal.writeLine("job \(number) is \(remoteID); the next run collects it")
            }
        }
    }

    struct Forget: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "forget", abstract: "Say that a job does not exist at the provider: the next run creates it.")
        @OptionGroup var stateOptions: StateOptions
        @Argument(help: "The job's number.")
        var number: Int64

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try Workspace(spec: nil, state: stateOptions.state)
                try workspace.ledger.forget(number)
                Terminal.writeLine("job \(number) is forgotten")
            }
        }
    }

    struct Cancel: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "cancel", abstract: "Cancel a job at the provider; what it has finished is billed and kept.")
        @OptionGroup var specOptions: SpecOptions
        @Argument(help: "The job's number.")
        var number: Int64

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try Workspace(spec: specOptions.spec, state: specOptions.stateOptions.state)
                let job = try workspace.ledger.job(number)
                try await ProviderAccess(specOptions, workspace).with(account: job.account) { provider in
                    guard let id = job.remoteID else {
                        throw Refusal("job \(number) has no id at the provider", code: .invalid)
                    }
                    if job.kind == "batch" {
                        _ = try await provider.client.batches.cancel(.init(id))
                    } else {
                        _ = try await provider.client.fineTuning.cancel(.init(id))
                    }
                    Terminal.writeLine("\(id) is being cancelled")
                }
            }
        }
    }

    struct Clean: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "clean",
            abstract: "Delete what this project left at a provider: deployments named assay-…, uploaded files.")
        @OptionGroup var specOptions: SpecOptions

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try Workspace(spec: specOptions.spec, state: specOptions.stateOptions.state)
                try await ProviderAccess(specOptions, workspace).clean()
            }
        }
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
                    let model = try? JSONDecoder().decode(TunedModel.self, from: workspace.store.bytes(of: digest))
                else { continue }
                Terminal.writeLine(
                    "\(model.model)\n  from \(model.base) by \(model.job), \(summary.createdAt.ISO8601Format()), "
                        + "\(summary.experiment) \(summary.step)\n  a run that needs it deploys it again by itself")
                for checkpoint in model.checkpoints {
                    Terminal.writeLine("  checkpoint after step \(checkpoint.step): \(checkpoint.model)")
                }
            }
        }
    }
}

extension RemoteJob {
    /// Why it is in quarantine, while it is.
    fileprivate var quarantine: String? {
        state == RemoteJobState.quarantined.rawValue ? detail["quarantine"]?.string : nil
    }
}
