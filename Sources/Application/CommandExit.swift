// Exit codes that scripts may rely on.

/// How a command ended, as the exit code of the process states it.
package enum CommandExit: Int32, Sendable, CaseIterable {
    case success = 0
    /// Something failed that is not the user's input.
    case failure = 1
    /// A spec or the usage is invalid, or money was not confirmed.
    case invalid = 2
    /// A claim was not reproduced (`--check-claims`).
    case claimNotReproduced = 3
    case overBudget = 4
    /// A job is in quarantine: a person has to decide whether it exists at the provider.
    case quarantined = 5
    /// `plan --check` found work.
    case workFound = 10
    /// Remote work continues; another run collects it.
    case waiting = 75
    case interrupted = 130
}

/// A command that is not carried out, with its reason in words and the exit code that goes with it.
package struct Refusal: Error, CustomStringConvertible {
    /// The reason in words, shown as it is.
    package var description: String
    /// How the process ends because of it.
    package var code: CommandExit

    /// - Parameter description: what was refused, why, and what to do; shown as it is.
    package init(_ description: String, code: CommandExit) {
        self.description = description
        self.code = code
    }
}

/// A run that was ended by a signal before it had results.
package struct Interruption: Error {}
