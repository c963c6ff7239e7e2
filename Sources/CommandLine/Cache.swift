// `assay cache`: the store checked, measured and tidied.

import Application
import ArgumentParser
import Artifacts

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
                let found = try Housekeeping(workspace).verify(repair: repair)
                for digest in found.report.corrupt { Terminal.writeLine("damaged: \(digest)") }
                for key in found.report.broken {
                    let step = found.steps[key].map { "\($0), " } ?? ""
                    Terminal.writeLine("not whole, will run again: \(step)result \(key)")
                }
                Terminal.writeLine(
                    "\(found.report.objects) objects, \(found.report.results) results: "
                        + (found.isWhole ? "whole" : "damaged"))
                if !found.isWhole, !repair { throw ExitCode.failure }
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
                let report = try Housekeeping(workspace).collectGarbage(keepingRuns: keepRuns, dryRun: dryRun)
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
