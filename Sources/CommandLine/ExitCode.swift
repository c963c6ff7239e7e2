// The application's exit codes as the argument parser's.

import Application
import ArgumentParser

extension ExitCode {
    init(_ status: ExitStatus) { self.init(status.rawValue) }

    static let invalid = ExitCode(ExitStatus.invalid)
    static let workFound = ExitCode(ExitStatus.workFound)
}
