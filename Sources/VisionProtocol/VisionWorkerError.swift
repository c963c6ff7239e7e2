// Failures of the worker's process.

package import Platform

/// The worker's process failed. Errors that the worker itself reports are `VisionFailure`s.
package enum VisionWorkerError: Error, Hashable, Sendable {
    case cannotStart(executable: String, reason: String)
    /// The process ended while requests were open. `lastWords` holds its last lines on standard error.
    case workerDied(status: ExitStatus, hint: Hint?, lastWords: [String])
    /// The worker sent a line that violates the protocol.
    case protocolBroken(line: String)

    /// Advice that follows from how the process ended.
    package enum Hint: Hashable, Sendable {
        /// Memory most likely ran out and the operating system killed the process; the value is a smaller batch size.
        case tryBatchSize(Int)
    }
}
