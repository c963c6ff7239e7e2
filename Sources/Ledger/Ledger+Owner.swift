// The ledger's owner: a random id that is stored only in the owner's configuration.

import Basics
import GRDB

extension Ledger {
    /// The id of the user who owns the ledger; `nil` when the ledger has no owner, such as one created by an older
    /// version.
    package func owner() throws -> String? {
        try read { try owner($0) }
    }

    private func owner(_ database: Database) throws -> String? {
        try rows(database, of: "owner", sql: "SELECT id FROM owner").first?.text("id")
    }

    /// Assigns the ledger to a user if it has no owner and is still empty.
    /// - Returns: the owner afterwards; `nil` when the ledger has records but no owner.
    @discardableResult
    package func claimIfNew(for id: String) throws -> String? {
        if let owner = try owner() { return owner }
        return try write(durable: true) { database in
            if let owner = try owner(database) { return owner }
            for table in ["runs", "remote_jobs", "remote_files", "leases", "spend", "forgotten_jobs"] {
                if try Bool.fetchOne(database, sql: "SELECT EXISTS (SELECT 1 FROM \(table))") ?? true { return nil }
            }
            try database.execute(sql: "INSERT INTO owner (id) VALUES (?)", arguments: [id])
            return id
        }
    }

    /// Assigns the ledger to a user, for any previous owner.
    package func takeOver(for id: String) throws {
        try write(durable: true) { database in
            try database.execute(sql: "DELETE FROM owner")
            try database.execute(sql: "INSERT INTO owner (id) VALUES (?)", arguments: [id])
        }
    }
}
