// Whose ledger it is: a random id that only its owner's configuration holds.

package import Basics
import GRDB

extension Ledger {
    /// The id of the user whose ledger this is; `nil` for one that an older version made.
    package func owner() throws -> String? {
        try read { try owner($0) }
    }

    private func owner(_ database: Database) throws -> String? {
        try rows(database, of: "owner", sql: "SELECT id FROM owner").first?.text("id")
    }

    /// Makes the ledger a user's if nobody owns it and nothing was recorded in it yet.
    /// - Returns: the owner afterwards.
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

    /// Makes the ledger a user's, whoever owned it before.
    package func takeOver(for id: String) throws {
        try write(durable: true) { database in
            try database.execute(sql: "DELETE FROM owner")
            try database.execute(sql: "INSERT INTO owner (id) VALUES (?)", arguments: [id])
        }
    }
}
