// What can go wrong with the worker as a process.

package import Platform

/// The worker failed as a process; what it says itself is a `VisionFailure`.
package enum VisionWorkerError: Error, Hashable, Sendable {
    case cannotStart(executable: String, reason: String)
    /// The process ended while requests were open. `lastWords` are its last lines on standard error.
    case workerDied(status: ExitStatus, hint: Hint?, lastWords: [String])
    /// The worker sent a line that is not of the protocol.
    case protocolBroken(line: String)

    package enum Hint: Hashable, Sendable {
        /// Memory ran out most likely: the operating system killed it.
        case tryBatchSize(Int)
    }
}
