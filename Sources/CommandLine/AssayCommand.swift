// The command `assay` and its parts.

import Application
import ArgumentParser
import Foundation
import Specification

/// `assay`: experiments with vision models from one YAML file.
struct AssayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay",
        abstract: "Assay vision models: one YAML file in; accuracy, latency and cost side by side out.",
        discussion: """
            Results are kept in .assay: a second run does again only what the spec's changes ask for. Nothing that was \
            paid for, uploaded or trained once runs twice.
            """,
        version: Tool.version,
        subcommands: [
            Init.self, Run.self, PlanCommand.self, Explain.self, Validate.self, DatasetCommand.self, Status.self, Runs.self, Show.self,
            Compare.self, Jobs.self, Models.self, Report.self, Cache.self, Prices.self, ProvidersCommand.self, SchemaCommand.self, Emulate.self, DoctorCommand.self,
            Trust.self,
            NodeTask.self,
        ])
}

/// Runs the command line of this process and ends it.
package func runAssay() async {
    // What specs are read by is made while the command line is.
    Task.detached { SpecLoader.makeKeyTables() }
    if let mistake = Suggestion.unknownCommand(in: Array(ProcessInfo.processInfo.arguments.dropFirst())) {
        Terminal.writeError(mistake)
        Foundation.exit(ExitCode.invalid.rawValue)
    }
    do {
        var command = try await AssayCommand.asyncParseAsRoot()
        if var command = command as? any AsyncParsableCommand {
            try await command.run()
        } else {
            try command.run()
        }
        exitIfOutputWasLost()
    } catch where AssayCommand.exitCode(for: error) == .validationFailure {
        // A command line that cannot be read ends as a spec does that cannot be.
        Terminal.writeError(AssayCommand.fullMessage(for: error))
        Foundation.exit(ExitCode.invalid.rawValue)
    } catch {
        let code = AssayCommand.exitCode(for: error), message = AssayCommand.fullMessage(for: error)
        if !message.isEmpty { code == .success ? Terminal.writeLine(message) : Terminal.writeError(message) }
        if code == .success { exitIfOutputWasLost() }
        Foundation.exit(code.rawValue)
    }
}

/// Ends with an error when a part of the output could not be written, as on a full disk: a script would take what is there
/// for all of it.
private func exitIfOutputWasLost() {
    guard let reason = Terminal.outputFailure else { return }
    Terminal.writeError("error: standard output cannot be written: \(reason)")
    Foundation.exit(ExitCode.failure.rawValue)
}
