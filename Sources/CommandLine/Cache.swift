// `assay cache`: the store checked, measured and tidied.

import Application
import ArgumentParser
import Artifacts
import Basics
import Foundation
import Ledger
import Planning

struct Cache: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "Check, measure or tidy the store.", subcommands: [Verify.self, Collect.self, Size.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Read every object and hold it against its digest.")
        @OptionGroup var stateOptions: StateOptions
        @Flag(help: "Remove what is damaged, so that the steps that made it run again.")
        var repair = false

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try Workspace(spec: nil, state: stateOptions.state)
                let report = try workspace.store.verify(
                    threads: ProcessInfo.processInfo.activeProcessorCount, repair: repair)
                for digest in report.corrupt { Terminal.writeLine("damaged: \(digest)") }
                for key in report.broken {
                    let step = (try? workspace.store.result(for: key))?.step.text
                    Terminal.writeLine("not whole, will run again: \(step.map { "\($0), " } ?? "")result \(key)")
                }
                let isWhole = report.corrupt.isEmpty && report.broken.isEmpty
                Terminal.writeLine("\(report.objects) objects, \(report.results) results: \(isWhole ? "whole" : "damaged")")
                if !isWhole, !repair { throw ExitCode.failure }
            }
        }
    }

    struct Collect: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "gc", abstract: "Remove results that the last runs did not use.")
        @OptionGroup var stateOptions: StateOptions
        @Option(help: "Keep what so many of the last runs used.")
        var keepRuns = 10
        @Flag(help: "Only say what would go.")
        var dryRun = false

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try Workspace(spec: nil, state: stateOptions.state)
                // A ledger that was lost does not know what its runs used.
                if keepRuns > 0, try workspace.ledger.runs(limit: 1).isEmpty, try !workspace.store.results().isEmpty {
                    throw Refusal(
                        "the ledger knows no run, so nothing says which results are needed: run the experiments that are "
                            + "to be kept first, or give --keep-runs 0 to keep none",
                        code: .invalid)
                }
                var keys = try workspace.ledger.keys(ofLastRuns: keepRuns)
                // What an open job was made from, and what a run that goes on has read or made.
                for job in try workspace.ledger.jobs(.open) { keys.formUnion(try workspace.ledger.keys(of: job.run)) }
                try workspace.ledger.closeDeadRuns()
                let running = try workspace.ledger.runs().filter { $0.state == "running" }
                for run in running { keys.formUnion(try workspace.ledger.keys(of: run.id)) }
                let hourAgo = Date().addingTimeInterval(-3600)
                let youngest = running.map(\.startedAt).reduce(hourAgo, min)
                // A model that was paid for stays, and images stay with the manifest that names them.
                var digests: Set<Digest> = []
                for summary in try workspace.store.results() {
                    if summary.kind == StepKind.fineTune.rawValue { keys.insert(summary.key) }
                    if summary.kind == StepKind.indexDataset.rawValue,
                        keys.contains(summary.key) || summary.createdAt >= youngest,
                        let digest = summary.output(IndexDataset.manifest)?.digest
                    {
                        let manifest = try DatasetManifest(decoding: workspace.store.bytes(of: digest))
                        digests.formUnion(manifest.entries.map(\.digest))
                    }
                }
                let report = try workspace.store.collectGarbage(
                    keeping: keys, and: digests, newerThan: youngest, dryRun: dryRun)
                Terminal.writeLine(
                    "\(dryRun ? "would remove" : "removed") \(report.results) results and \(report.objects) objects, "
                        + "\(report.bytes / 1_000_000) MB")
            }
        }
    }

    struct Size: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "size", abstract: "Say how much the store holds.")
        @OptionGroup var stateOptions: StateOptions

        func run() async throws {
            try await Reporter.explaining {
                let workspace = try Workspace(spec: nil, state: stateOptions.state)
                let size = try workspace.store.size()
                Terminal.writeLine(
                    "\(size.results) results, \(size.objects) objects, \(size.objectBytes / 1_000_000) MB in \(workspace.folder)")
            }
        }
    }
}
