// Exit codes that scripts may rely on.

import ArgumentParser

extension ExitCode {
    /// A spec or the usage is invalid, or money was not confirmed.
    static let invalid = ExitCode(2)
    /// A claim was not reproduced (`--check-claims`).
    static let claimNotReproduced = ExitCode(3)
    static let overBudget = ExitCode(4)
    /// A job is in quarantine.
    static let quarantined = ExitCode(5)
    /// `plan --check` found work.
    static let workFound = ExitCode(10)
    /// Remote work goes on; run again to collect it.
    static let waiting = ExitCode(75)
    static let interrupted = ExitCode(130)
}
