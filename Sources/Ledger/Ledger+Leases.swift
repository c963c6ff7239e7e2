// Leases in the ledger: written before a deployment is made, ended when the provider has it no more.

package import Basics
package import Foundation
import GRDB

extension Ledger {
    /// Records that a deployment is about to be made; the create call may only follow. One of the same name that has
    /// not ended becomes this owner's: an `up` one stays up.
    @discardableResult
    package func openLease(_ lease: Lease) throws -> Lease {
        try write(durable: true) { database in
            let at = now().timeIntervalSince1970
            let existing = try leases(
                database, where: "account = ? AND name = ? AND state <> 'ended'", [lease.account, lease.name]
            ).first
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO leases (account, name, model, sku, capacity, hourly, emulated, state, run,
                        host, pid, process, heartbeat, keep_until, opened_at, up_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    lease.account, lease.name, lease.model, lease.sku, lease.capacity, lease.hourly.units,
                    lease.emulated, existing?.state == .up ? "up" : "opening", lease.run.text, lease.owner.host,
                    lease.owner.pid, lease.owner.started, at, lease.keepUntil?.timeIntervalSince1970,
                    existing?.openedAt.timeIntervalSince1970 ?? at, existing?.upAt?.timeIntervalSince1970,
                ])
            return try self.lease(database, lease.account, lease.name)
        }
    }

    /// Records that the deployment is up, and bills from now on.
    @discardableResult
    package func markUp(account: String, lease name: String) throws -> Lease {
        try changeLease(account, name, "state = 'up', up_at = coalesce(up_at, ?3)", "markUp")
    }

    /// Records that the deployment is about to be deleted.
    @discardableResult
    package func beginEnding(account: String, lease name: String) throws -> Lease {
        try changeLease(account, name, "state = 'ending', keep_until = NULL", "beginEnding")
    }

    /// Records that the provider has the deployment no more, what its hours cost, and the end of its reservation.
    @discardableResult
    package func endLease(account: String, lease name: String, spend: [Spend] = []) throws -> Lease {
        try changeLease(account, name, "state = 'ended', ended_at = coalesce(ended_at, ?3)", "endLease") { database in
            for item in spend { try record(database, item) }
            try database.execute(sql: "DELETE FROM reservations WHERE holder = ?", arguments: ["lease:\(name)"])
        }
    }

    /// Keeps the deployment up until then, whoever owns it.
    @discardableResult
    package func keepLease(account: String, lease name: String, until date: Date) throws -> Lease {
        try changeLease(account, name, "keep_until = \(date.timeIntervalSince1970)", "keepLease")
    }

    /// Tells other processes that this run, and with it the owner of its leases, lives.
    package func heartbeat(run: RunID) throws {
        try write(durable: false) { database in
            let at = now().timeIntervalSince1970
            try database.execute(sql: "UPDATE runs SET heartbeat = ? WHERE id = ?", arguments: [at, run.text])
            try database.execute(
                sql: "UPDATE leases SET heartbeat = ? WHERE run = ? AND state <> 'ended'", arguments: [at, run.text])
        }
    }

    /// The leases that have not ended, oldest first; all with `includingEnded`.
    package func leases(includingEnded: Bool = false) throws -> [Lease] {
        try read { try leases($0, where: includingEnded ? "1" : "state <> 'ended'", []) }
    }

    /// The leases that nobody will end: not kept (any more), and their owner is gone.
    package func deadLeases() throws -> [Lease] {
        let now = now()
        return try leases().filter { lease in
            if let keep = lease.keepUntil, keep > now { return false }
            return !lease.owner.isAlive(heartbeat: lease.heartbeat, now: now)
        }
    }

    private func changeLease(
        _ account: String, _ name: String, _ change: String, _ what: String, also: (Database) throws -> Void = { _ in }
    ) throws -> Lease {
        try write(durable: true, what) { database in
            try also(database)
            // The time is named even where a change does not use it, so that the arguments always fit.
            try database.execute(
                sql: "UPDATE leases SET \(change), heartbeat = max(heartbeat, ?3) WHERE account = ?1 AND name = ?2",
                arguments: [account, name, now().timeIntervalSince1970])
            return try lease(database, account, name)
        }
    }

    private func lease(_ database: Database, _ account: String, _ name: String) throws -> Lease {
        guard let lease = try leases(database, where: "account = ? AND name = ?", [account, name]).first else {
            throw LedgerError.unknownLease(name)
        }
        return lease
    }

    private func leases(
        _ database: Database, where condition: String, _ arguments: StatementArguments
    ) throws -> [Lease] {
        try Row.fetchAll(
            database, sql: "SELECT * FROM leases WHERE \(condition) ORDER BY opened_at, name", arguments: arguments
        ).map { row in
            var lease = Lease(
                name: row["name"], account: row["account"], model: row["model"], sku: row["sku"],
                capacity: row["capacity"], hourly: Money(units: row["hourly"]), emulated: row["emulated"],
                run: RunID(row["run"]), owner: owner(row), keepUntil: (row["keep_until"] as Double?).map(date))
            guard let state = Lease.State(rawValue: row["state"]) else {
                throw LedgerError.damaged(path: path, reason: "a lease in an unknown state")
            }
            lease.state = state
            lease.heartbeat = date(row["heartbeat"])
            lease.openedAt = date(row["opened_at"])
            lease.upAt = (row["up_at"] as Double?).map(date)
            lease.endedAt = (row["ended_at"] as Double?).map(date)
            return lease
        }
    }

    func owner(_ row: Row) -> ProcessOwner {
        ProcessOwner(host: row["host"], pid: row["pid"], started: row["process"])
    }
}
