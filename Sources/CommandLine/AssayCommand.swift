// The command `assay` and its subcommands.

import Application
import ArgumentParser
import Foundation
import Specification

/// `assay`: experiments with vision models from one YAML file.
struct AssayCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assay",
        abstract: "Compare vision models on your images, from one YAML file: quality, latency and cost.",
        discussion: """
            Results are stored in .assay. A second run executes only the steps that your changes affect. Nothing is paid for, \
            uploaded or trained twice.
            """,
        version: Tool.version,
        subcommands: [
            Init.self, Run.self, PlanCommand.self, Explain.self, Validate.self, DatasetCommand.self, Status.self, Runs.self,
            Show.self, ViewCommand.self, Compare.self, AuditCommand.self, Export.self, Verify.self, Jobs.self,
            PredictCommand.self,
            Models.self, Report.self, Cache.self, Prices.self, ProvidersCommand.self,
            SchemaCommand.self, Emulate.self, DoctorCommand.self,
            Trust.self,
            NodeTask.self,
        ])
}

/// Runs this process's command line and exits.
package func runAssay() async {
    // Build the spec reader's key tables while the command line is parsed.
    Task.detached { SpecLoader.makeKeyTables() }
    let arguments = Array(ProcessInfo.processInfo.arguments.dropFirst())
    if let mistake = Suggestion.unknownCommand(in: arguments) {
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
    } catch  where AssayCommand.exitCode(for: error) == .validationFailure {
        // An invalid command line exits as an invalid spec does.
        Terminal.writeError(AssayCommand.fullMessage(for: error))
        Foundation.exit(ExitCode.invalid.rawValue)
    } catch {
        let code = AssayCommand.exitCode(for: error), message = AssayCommand.fullMessage(for: error)
        if !message.isEmpty {
            code == .success ? Terminal.writeLine(Completions.script(message, for: arguments)) : Terminal.writeError(message)
        }
        if code == .success { exitIfOutputWasLost() }
        Foundation.exit(code.rawValue)
    }
}

/// Exits with an error if output could not be written, for example because the disk is full: a script would otherwise
/// take partial output as complete.
private func exitIfOutputWasLost() {
    guard let reason = Terminal.outputFailure else { return }
    Terminal.writeError("error: standard output cannot be written: \(reason)")
    Foundation.exit(ExitCode.failure.rawValue)
}
