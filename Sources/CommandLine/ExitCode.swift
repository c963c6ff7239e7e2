// Converts the application's exit codes to the argument parser's.

import Application
import ArgumentParser

extension ExitCode {
    init(_ status: CommandExit) { self.init(status.rawValue) }

    static let invalid = ExitCode(CommandExit.invalid)
    static let workFound = ExitCode(CommandExit.workFound)
}
