// `assay export` and `assay verify`: runs for other tools, and the check of published ones.

import Application
import ArgumentParser
import Basics
import Exports
import Foundation

struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write a run's results in the format of another tool.",
        discussion: "Formats:\n"
            + ExportFormat.allCases.map { "  \($0.rawValue): \($0.summary)" }.joined(separator: "\n")
            + "\n\ndocs/sharing.md describes them.")

    @Argument(
        help: "The run: its id, an unambiguous prefix, or 'last' (the default).",
        completion: .custom(Completions.runs))
    var runID: String?
    @Option(name: .customLong("to"), help: "The format: \(ExportFormat.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format: ExportFormat
    @Option(
        help: "The file or folder to write. Without it, text goes to standard output and folders are named after the run.",
        completion: .file())
    var output: String?
    @Option(help: "The address of the MLflow server (also MLFLOW_TRACKING_URI).")
    var uri: String?
    @Flag(help: "Write a description of the export as JSON; text then goes to a file.")
    var json = false
    @OptionGroup var stateOptions: StateOptions

    func validate() throws {
        if format == .mlflow, output != nil {
            throw ValidationError("--output is for files; name an MLflow server with --uri.")
        }
        if format != .mlflow, uri != nil { throw ValidationError("--uri names an MLflow server and needs --to mlflow.") }
        if output?.isEmpty == true { throw ValidationError("--output needs the name of a file or folder.") }
    }

    func run() async throws {
        try await Reporter.explaining {
            let workspace = try stateOptions.existing()
            let export = RunExport(try workspace.run(named: runID), in: workspace)
            let outcome =
                format == .mlflow
                ? try await export.track(uri, environment: ProcessInfo.processInfo.environment)
                : try export.write(format, to: output, isNamed: json)
            if json { return Terminal.writeJSON(outcome.document) }
            for note in outcome.notes { Terminal.writeError("note: \(note)") }
            if let text = outcome.text { Terminal.write(text) }
            if let path = outcome.path { Terminal.writeLine(path) }
            if let (uri, done) = outcome.server {
                Terminal.writeLine(
                    "\(outcome.run) is on \(uri) as experiment '\(done.experiment)': \(done.created) runs created, "
                        + "\(done.completed) completed, \(done.unchanged) unchanged")
            }
        }
    }
}

extension ExportFormat: ExpressibleByArgument {}

struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: "Check an exported crate: digests, and every number against the answers inside.",
        discussion: """
            The exit code is 0 if nothing deviates and 1 otherwise. Only files that the crate lists are read, and links \
            are never followed.
            """)

    @Argument(help: "The folder of a crate written by 'assay export --to ro-crate'.", completion: .directory)
    var crate: String
    @Flag(help: "Write the result as JSON.")
    var json = false

    func run() async throws {
        try await Reporter.explaining {
            let check = try CrateVerification.check(crate)
            if json { Terminal.writeJSON(check.document) } else { check.lines.forEach { Terminal.writeLine($0) } }
            if !check.isSound {
                Terminal.writeError("error: the crate '\(crate)' is not sound")
                throw ExitCode.failure
            }
        }
    }
}
