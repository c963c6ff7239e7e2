// Reports errors and warnings to the user and determines the exit code.

import Application
import ArgumentParser
import Basics
import Foundation
import Platform
import Specification

enum Reporter {
    /// Runs a command's body; reports its error and converts it to an exit code.
    static func explaining(json: Bool = false, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let code as ExitCode {
            throw code
        } catch let error as ValidationError {
            throw error
        } catch {
            throw ExitCode(report(error))
        }
    }

    /// Writes an error to standard error.
    /// - Returns: the exit code for it.
    static func report(_ error: any Error) -> CommandExit {
        switch error {
        case let code as ExitCode: return CommandExit(rawValue: code.rawValue) ?? .failure
        case let error as SpecificationError:
            write(error)
            return .invalid
        case let error as DiagnosticsError:
            Terminal.writeError(DiagnosticRenderer(sources: SourceTexts()).render(error.diagnostics))
            return .invalid
        case let refusal as Refusal:
            Terminal.writeError(refusal.description)
            return refusal.code
        case is Interruption: return .interrupted
        default:
            Terminal.writeError("error: " + (FileError(fullDisk: error).map { "\($0)" } ?? explanation(of: error)))
            return .failure
        }
    }

    static func write(_ error: SpecificationError) {
        Terminal.writeError(DiagnosticRenderer(sources: error.sources).render(error.diagnostics))
    }

    static func warn(_ diagnostics: [Diagnostic], _ loaded: LoadedSpec) {
        for diagnostic in diagnostics { Terminal.writeError(loaded.rendered(diagnostic)) }
    }
}
