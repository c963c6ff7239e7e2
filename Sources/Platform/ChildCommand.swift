// A program to start, how it ended, and what can go wrong with it.

package import Foundation

/// A program with its arguments. Secrets travel in `environment` or on standard input, never in `arguments`,
/// which every user of the machine can read.
package struct ChildCommand: Sendable, Hashable {
    /// A path, or a name that is looked up in `PATH`.
    package var program: String
    package var arguments: [String]
    package var environment: [String: String]
    /// Whether `environment` is added to this process's own, or is all that the program sees.
    package var inheritsEnvironment: Bool
    /// `nil` for this process's own.
    package var workingFolder: String?
    /// Whether it and what it starts are killed when this process dies. What hands work to others, as a cluster's
    /// `sbatch` does with all that it sees in its environment, is not.
    package var diesWithParent: Bool

    package init(
        _ program: String, _ arguments: [String] = [], environment: [String: String] = [:],
        inheritsEnvironment: Bool = true, workingFolder: String? = nil, diesWithParent: Bool = true
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.inheritsEnvironment = inheritsEnvironment
        self.workingFolder = workingFolder
        self.diesWithParent = diesWithParent
    }
}

/// How a program ended.
package enum ExitStatus: Hashable, Sendable {
    /// By itself, with its exit code.
    case exited(Int32)
    /// By a signal.
    case signalled(Int32)

    package var isSuccess: Bool { self == .exited(0) }
}

/// What a program that ran to its end left behind.
package struct ChildResult: Sendable {
    package var status: ExitStatus
    /// All of standard output.
    package var output: Data
    /// The last 64 KiB of standard error.
    package var errorTail: String
}

/// What goes wrong with a child process, apart from its exit code.
package enum ChildProcessError: Error, Hashable, Sendable {
    case programNotFound(String)
    case launchFailed(program: String, reason: String)
    /// Standard output, or one line of it, is longer than was allowed.
    case outputTooLong(program: String, limit: Int)
    /// A long-lived program is gone: how it ended and the last it said on standard error.
    case ended(program: String, status: ExitStatus, errorTail: String)
}
