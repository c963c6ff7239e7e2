// `assay cache`: verifies, measures and cleans up the store.

import Application
import ArgumentParser
import Artifacts
import Basics

struct Cache: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "Check, measure or clean up the store.", subcommands: [Verify.self, Collect.self, Size.self])

    /// The project with a store; `nil` if nothing has run, in which case nothing is created.
    private static func store(_ options: StateOptions) throws -> Workspace? { try Workspace.existing(state: options.state) }

    private static let nothing = "there is no store: nothing has run here"

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Compare every object with its digest.")
        @OptionGroup var stateOptions: StateOptions
        @Flag(help: "Remove damaged objects. The steps that produced them run again.")
        var repair = false
        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            try await Reporter.explaining {
                guard let workspace = try Cache.store(stateOptions) else {
                    return json
                        ? Terminal.writeJSON(["whole": true, "objects": 0, "results": 0, "damaged": [], "broken": []])
                        : Terminal.writeLine(Cache.nothing)
                }
                let found = try Housekeeping(workspace).verify(repair: repair)
                if json {
                    Terminal.writeJSON([
                        "whole": .bool(found.isWhole), "objects": .int(Int64(found.report.objects)),
                        "results": .int(Int64(found.report.results)),
                        "damaged": .array(found.report.corrupt.map { .string($0.hex) }),
                        "broken": .array(
                            found.report.broken.map { key in
                                ["key": .string(key.digest.hex), "step": found.steps[key].map { .string($0.text) } ?? .null]
                            }),
                    ])
                    if !found.isWhole, !repair { throw ExitCode.failure }
                    return
                }
                for digest in found.report.corrupt { Terminal.writeLine("damaged: \(digest)") }
                for key in found.report.broken {
                    let step = found.steps[key].map { "\($0), " } ?? ""
                    Terminal.writeLine("incomplete, will run again: \(step)result \(key)")
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
            commandName: "gc", abstract: "Remove results that the most recent runs did not use.")
        @OptionGroup var stateOptions: StateOptions
        @Option(help: "Number of most recent runs whose results are kept.")
        var keepRuns = 10
        @Flag(help: "Only print what would be removed.")
        var dryRun = false
        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            try await Reporter.explaining {
                guard let workspace = try Cache.store(stateOptions) else {
                    return json
                        ? Terminal.writeJSON(["dry_run": .bool(dryRun), "results": 0, "objects": 0, "bytes": 0])
                        : Terminal.writeLine(Cache.nothing)
                }
                let report = try Housekeeping(workspace).collectGarbage(keepingRuns: keepRuns, dryRun: dryRun)
                if json {
                    return Terminal.writeJSON([
                        "dry_run": .bool(dryRun), "results": .int(Int64(report.results)),
                        "objects": .int(Int64(report.objects)), "bytes": .int(Int64(report.bytes)),
                    ])
                }
                Terminal.writeLine(
                    "\(dryRun ? "would remove" : "removed") \(report.results) results and \(report.objects) objects, "
                        + "\(report.bytes / 1_000_000) MB")
            }
        }
    }

    struct Size: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "size", abstract: "Print the size of the store.")
        @OptionGroup var stateOptions: StateOptions
        @Flag(help: "Print JSON.")
        var json = false

        func run() async throws {
            try await Reporter.explaining {
                guard let workspace = try Cache.store(stateOptions) else {
                    let folder = Workspace.locate(spec: nil, state: stateOptions.state)
                    return json
                        ? Terminal.writeJSON(["folder": .string(folder), "results": 0, "objects": 0, "object_bytes": 0])
                        : Terminal.writeLine(Cache.nothing)
                }
                let size = try workspace.store.size()
                if json {
                    return Terminal.writeJSON([
                        "folder": .string(workspace.folder), "results": .int(Int64(size.results)),
                        "objects": .int(Int64(size.objects)), "object_bytes": .int(Int64(size.objectBytes)),
                    ])
                }
                Terminal.writeLine(
                    "\(size.results) results, \(size.objects) objects, \(size.objectBytes / 1_000_000) MB in \(workspace.folder)")
            }
        }
    }
}
