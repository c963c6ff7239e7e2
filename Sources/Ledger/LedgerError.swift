// What can be wrong with the ledger, or refused by it.

package import Basics

/// A structured error of the ledger.
package enum LedgerError: Error, Hashable, Sendable {
    /// Nothing was recorded: spent, reserved and this together are more than the budget.
    case overBudget(step: StepID, amount: Money, spent: Money, reserved: Money, budget: Money)
    /// The same work is intended already, by this or another process.
    case alreadyIntended(RemoteJob)
    /// The ledger was written by a newer Assay.
    case newerFormat(path: String, found: Int, known: Int)
    /// SQLite's locks do not hold on a network file system.
    case notLocal(path: String)
    /// The ledger, or one of SQLite's files beside it, is a symbolic link.
    case linked(path: String)
    /// Not a ledger, or damaged. Results are safe: they are in the store.
    case damaged(path: String, reason: String)
    /// No row has this id.
    case unknownJob(Int64)
    case unknownLease(String)
    /// Another living process deletes the deployment just now.
    case leaseEnding(String)
    /// SQLite failed: its result code and message.
    case failed(path: String, code: Int32, reason: String)
}
