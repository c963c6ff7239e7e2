// The errors of the ledger.

package import Basics

/// An error of the ledger, with the values that its message needs.
package enum LedgerError: Error, Hashable, Sendable {
    /// Spent, reserved and this amount together exceed the budget. Nothing was recorded.
    case overBudget(step: StepID, amount: Money, spent: Money, reserved: Money, budget: Money)
    /// This or another process already recorded an intent for the same work.
    case alreadyIntended(RemoteJob)
    /// A newer version of Assay wrote the ledger.
    case newerFormat(path: String, found: Int, known: Int)
    /// The ledger is on a network file system, where SQLite's locks do not hold.
    case notLocal(path: String)
    /// The ledger, or one of SQLite's files next to it, is a symbolic link.
    case linked(path: String)
    /// Not a ledger, or damaged. Results are safe, because they are in the store.
    case damaged(path: String, reason: String)
    /// The ledger has no job with this id.
    case unknownJob(Int64)
    case unknownLease(String)
    /// Another live process is deleting the deployment.
    case leaseEnding(String)
    /// SQLite failed; the result code and message are SQLite's own.
    case failed(path: String, code: Int32, reason: String)
}
