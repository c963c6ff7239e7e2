// The messages of the ledger's errors.

import Basics

extension LedgerError: CustomStringConvertible {
    /// The message for users: the error, its location and the recommended action.
    package var description: String {
        switch self {
        case .overBudget(_, let amount, let spent, let reserved, let budget):
            "it would cost about \(amount): with \(spent) spent and \(reserved) reserved "
                + "that is more than the budget of \(budget). Nothing was sent; a higher --budget, or 'budget' in the spec, allows it"
        case .alreadyIntended(let job):
            "a \(job.kind) for step key \(job.key.digest.short)… is already recorded as \(job.state)"
        case .newerFormat(let path, let found, let known):
            "\(path) has format \(found), this version of Assay supports formats up to \(known): use a newer Assay"
        case .notLocal(let path):
            "\(path) is on a network file system, where SQLite's locks are unreliable: "
                + "set ASSAY_LEDGER to a file on a disk of this machine, or move the state to one with --state"
        case .linked(let path):
            "\(path) is a symbolic link, through which another file would be changed: remove it, or set ASSAY_LEDGER to "
                + "the file itself"
        case .damaged(let path, let reason):
            "\(path) is damaged (\(reason)). Results are safe in the store: move the file away, "
                + "and running jobs are found again at the provider"
        case .unknownJob(let id): "the ledger has no job \(id): 'assay jobs --all' lists its jobs"
        case .unknownLease(let name): "the ledger has no lease \(name)"
        case .leaseEnding(let name): "another process deletes the deployment \(name) at the moment"
        // SQLITE_READONLY and SQLITE_CANTOPEN: readers need to write SQLite's files next to it as well.
        case .failed(let path, 8, _), .failed(let path, 14, _):
            "\(path) cannot be opened for writing, which reading the list of runs needs as well: get write permission for its "
                + "folder, or work with a copy of the project. A run's report.html can be read without it"
        // SQLITE_FULL
        case .failed(let path, 13, _): "the disk is full: \(path) cannot grow"
        case .failed(let path, let code, let reason): "\(path): \(reason) (SQLite \(code))"
        }
    }
}
