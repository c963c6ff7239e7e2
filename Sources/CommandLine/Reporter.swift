// How errors and warnings reach the user: wording at its place, the exit code that goes with it.

import Application
import ArgumentParser
import Basics
import Foundation
import Platform
import Specification

enum Reporter {
    /// Runs a command's body; what it throws is told and becomes an exit code.
    static func explaining(json: Bool = false, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let code as ExitCode {
            throw code
        } catch let error as SpecificationError {
            Terminal.writeError(DiagnosticRenderer(sources: error.sources).render(error.diagnostics))
            throw ExitCode.invalid
        } catch let error as DiagnosticsError {
            Terminal.writeError(DiagnosticRenderer(sources: SourceTexts()).render(error.diagnostics))
            throw ExitCode.invalid
        } catch let refusal as Refusal {
            Terminal.writeError(refusal.description)
            throw ExitCode(refusal.code)
        } catch is Interruption {
            throw ExitCode(ExitStatus.interrupted)
        } catch let error as ValidationError {
            throw error
        } catch {
            Terminal.writeError("error: " + (FileError(fullDisk: error).map { "\($0)" } ?? explanation(of: error)))
            throw ExitCode.failure
        }
    }

    static func warn(_ diagnostics: [Diagnostic], _ loaded: LoadedSpec) {
        for diagnostic in diagnostics { Terminal.writeError(loaded.rendered(diagnostic)) }
    }
}
