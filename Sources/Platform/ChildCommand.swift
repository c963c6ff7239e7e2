// The values of child processes: the command, its exit status, its output and its errors.

package import Foundation

/// A program and its arguments. Secrets are passed in `environment` or on standard input, never in `arguments`, which
/// every user of the machine can read.
package struct ChildCommand: Sendable, Hashable {
    /// A path, or a name that is looked up in `PATH`.
    package var program: String
    /// The arguments after the program's name, passed without a shell.
    package var arguments: [String]
    /// Variables for the program, which override inherited ones.
    package var environment: [String: String]
    /// Whether the program also inherits this process's environment.
    package var inheritsEnvironment: Bool
    /// The working folder; `nil` for that of this process.
    package var workingFolder: String?
    /// Whether the program and its descendants are killed when this process dies. False for programs that submit work
    /// to others, such as `sbatch`, which passes its whole environment on to the job.
    package var diesWithParent: Bool

    /// By default the program inherits environment and working folder, and dies with this process.
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

/// The exit status of a program.
package enum ExitStatus: Hashable, Sendable {
    /// The program exited with this code.
    case exited(Int32)
    /// A signal ended the program.
    case signalled(Int32)

    /// Whether the program exited with code 0.
    package var isSuccess: Bool { self == .exited(0) }
}

/// The result of a program that ran to its end, whether it succeeded or not.
package struct ChildResult: Sendable {
    /// The exit status; a status other than 0 is not an error here.
    package var status: ExitStatus
    /// The complete standard output.
    package var output: Data
    /// The last 64 KiB of standard error.
    package var errorTail: String
}

/// An error in starting or talking to a child process; a non-zero exit code is not one.
package enum ChildProcessError: Error, Hashable, Sendable {
    case programNotFound(String)
    case launchFailed(program: String, reason: String)
    /// Standard output, or one line of it, exceeds the limit in bytes.
    case outputTooLong(program: String, limit: Int)
    /// A long-lived program has ended: its exit status and the end of its standard error.
    case ended(program: String, status: ExitStatus, errorTail: String)
}
