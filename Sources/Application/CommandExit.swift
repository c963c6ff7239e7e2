// Stable exit codes for scripts.

/// The outcome of a command, as the process's exit code.
package enum CommandExit: Int32, Sendable, CaseIterable {
    case success = 0
    /// An error other than invalid user input.
    case failure = 1
    /// The spec or usage is invalid, or spending was not confirmed.
    case invalid = 2
    /// A claim was not reproduced (`--check-claims`).
    case claimNotReproduced = 3
    /// The run stopped because the budget does not allow further spending.
    case overBudget = 4
    /// A job is in quarantine: a person must decide whether it exists at the provider.
    case quarantined = 5
    /// `plan --check` found steps to run.
    case workFound = 10
    /// Remote work continues; another run collects it.
    case waiting = 75
    /// The run was interrupted by a signal.
    case interrupted = 130
}

/// A command that was refused, with the reason and the exit code.
package struct Refusal: Error, CustomStringConvertible {
    /// The reason, shown to the user verbatim.
    package var description: String
    /// The exit code.
    package var code: CommandExit

    /// - Parameter description: what was refused, why, and what to do; shown verbatim.
    package init(_ description: String, code: CommandExit) {
        self.description = description
        self.code = code
    }
}

/// A run was ended by a signal before it had results.
package struct Interruption: Error {}
