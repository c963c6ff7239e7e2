// Leases in the ledger: written before a deployment is created, ended once the provider no longer has it.

package import Basics
package import Foundation
import GRDB

extension Ledger {
    /// Records that a deployment is about to be created and that this owner uses it. Create the deployment only after
    /// this returns. An existing lease of the same name that has not ended passes to this owner; one in state `up`
    /// stays up.
    /// - Parameter at: the provider's time; the current time when `nil`.
    /// - Throws: `LedgerError.leaseEnding` while another live process deletes the deployment; wait until it is gone.
    @discardableResult
    package func openLease(_ lease: Lease, at opened: Date? = nil) throws -> Lease {
        try write(durable: true) { database in
            let at = now().timeIntervalSince1970
            let openedAt = opened?.timeIntervalSince1970 ?? at
            let existing = try leases(
                database, where: "account = ? AND name = ? AND state <> 'ended'", [lease.account, lease.name]
            ).first
            if let existing, existing.state == .ending, existing.owner != lease.owner,
                existing.owner.isAlive(heartbeat: existing.heartbeat, now: now())
            {
                throw LedgerError.leaseEnding(lease.name)
            }
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO leases (account, name, model, sku, capacity, hourly, emulated, state, run,
                        host, pid, process, heartbeat, keep_until, opened_at, up_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    lease.account, lease.name, lease.model, lease.sku, lease.capacity, lease.hourly.units,
                    lease.emulated, existing?.state == .up ? "up" : "opening", lease.run.text, lease.owner.host,
                    lease.owner.pid, lease.owner.started, at,
                    Ledger.later(existing?.keepUntil, lease.keepUntil)?.timeIntervalSince1970,
                    existing?.openedAt.timeIntervalSince1970 ?? openedAt, existing?.upAt?.timeIntervalSince1970,
                ])
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO lease_users (account, name, run, host, pid, process, heartbeat)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    lease.account, lease.name, lease.run.text, lease.owner.host, lease.owner.pid, lease.owner.started,
                    at,
                ])
            return try self.lease(database, lease.account, lease.name)
        }
    }

    /// Records that the deployment is up and billed from now on.
    /// - Parameter at: the provider's time; the current time when `nil`.
    @discardableResult
    package func markUp(account: String, lease name: String, at up: Date? = nil) throws -> Lease {
        let at = (up ?? now()).timeIntervalSince1970
        return try changeLease(account, name, "state = 'up', up_at = coalesce(up_at, \(at))", "markUp")
    }

    /// The fate of a deployment that a run no longer needs.
    package enum LeaseRelease: Hashable, Sendable {
        /// No other process uses it and no run asked to keep it: delete it. The lease is now `ending`.
        case last
        /// Another live process uses it and now owns the lease.
        case shared
        /// It is kept because this or an earlier run of the store requested it.
        case kept
    }

    /// Records that a run no longer needs the deployment.
    /// - Parameter keepUntil: how long this run keeps it; `nil` to delete it after use. A later time requested by an
    /// earlier run takes precedence.
    package func leaveLease(account: String, lease name: String, run: RunID, keepUntil: Date?) throws -> LeaseRelease {
        try write(durable: true) { database in
            try database.execute(
                sql: "DELETE FROM lease_users WHERE account = ? AND name = ? AND run = ?",
                arguments: [account, name, run.text])
            let others = try leaseUsers(database, account, name)
                .filter { $0.owner.isAlive(heartbeat: $0.heartbeat, now: now()) }
            if let next = others.first {
                try database.execute(
                    sql: """
                        UPDATE leases SET run = ?, host = ?, pid = ?, process = ?, heartbeat = ?
                        WHERE account = ? AND name = ?
                        """,
                    arguments: [
                        next.run.text, next.owner.host, next.owner.pid, next.owner.started,
                        next.heartbeat.timeIntervalSince1970, account, name,
                    ])
                if let keepUntil { try keep(database, account, name, until: keepUntil) }
                return .shared
            }
            if let keepUntil {
                try keep(database, account, name, until: keepUntil)
                return .kept
            }
            if let until = try lease(database, account, name).keepUntil, until > now() { return .kept }
            try database.execute(
                sql: "UPDATE leases SET state = 'ending', keep_until = NULL WHERE account = ? AND name = ?",
                arguments: [account, name])
            return .last
        }
    }

    private func keep(_ database: Database, _ account: String, _ name: String, until: Date) throws {
        try database.execute(
            sql: "UPDATE leases SET keep_until = max(coalesce(keep_until, ?3), ?3) WHERE account = ?1 AND name = ?2",
            arguments: [account, name, until.timeIntervalSince1970])
    }

    private static func later(_ one: Date?, _ other: Date?) -> Date? { [one, other].compactMap(\.self).max() }

    /// Whether a live process uses the deployment: its owner or another run.
    package func isInUse(_ lease: Lease) throws -> Bool {
        let now = now()
        if lease.owner.isAlive(heartbeat: lease.heartbeat, now: now) { return true }
        return try read { try leaseUsers($0, lease.account, lease.name) }
            .contains { $0.owner.isAlive(heartbeat: $0.heartbeat, now: now) }
    }

    private struct LeaseUser {
        var account: String
        var name: String
        var run: RunID
        var owner: ProcessOwner
        var heartbeat: Date
    }

    private func leaseUsers(_ database: Database, _ account: String?, _ name: String?) throws -> [LeaseUser] {
        try rows(
            database, of: "lease_users",
            sql: """
                SELECT * FROM lease_users WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR name = ?2)
                ORDER BY run
                """,
            [account, name]
        ).map { row in
            LeaseUser(
                account: try row.text("account"), name: try row.text("name"), run: RunID(try row.text("run")),
                owner: try row.owner(), heartbeat: try row.date("heartbeat"))
        }
    }

    /// Records that the deployment is about to be deleted, even if it is in use.
    @discardableResult
    package func beginEnding(account: String, lease name: String) throws -> Lease {
        try changeLease(account, name, "state = 'ending', keep_until = NULL", "beginEnding")
    }

    /// Transfers the deletion of an abandoned lease to `owner`.
    /// - Returns: `false` when another live process owns the lease or the lease has ended.
    package func takeDeadLease(account: String, lease name: String, owner: ProcessOwner = .current) throws -> Bool {
        try write(durable: true) { database in
            guard
                let lease = try leases(
                    database, where: "account = ? AND name = ? AND state <> 'ended'", [account, name]
                ).first,
                !lease.owner.isAlive(heartbeat: lease.heartbeat, now: now())
            else { return false }
            try database.execute(
                sql: """
                    UPDATE leases SET state = 'ending', keep_until = NULL, host = ?, pid = ?, process = ?, heartbeat = ?
                    WHERE account = ? AND name = ?
                    """,
                arguments: [owner.host, owner.pid, owner.started, now().timeIntervalSince1970, account, name])
            return true
        }
    }

    /// Records that the provider no longer has the deployment, with the cost of its hours, and ends its reservation.
    @discardableResult
    package func endLease(account: String, lease name: String, spend: [Spend] = []) throws -> Lease {
        try changeLease(account, name, "state = 'ended', ended_at = coalesce(ended_at, ?3)", "endLease") { database in
            for item in spend { try record(database, item) }
            try database.execute(sql: "DELETE FROM reservations WHERE holder = ?", arguments: ["lease:\(name)"])
            try database.execute(
                sql: "DELETE FROM lease_users WHERE account = ? AND name = ?", arguments: [account, name])
        }
    }

    /// Keeps the deployment until `date`, for any owner.
    @discardableResult
    package func keepLease(account: String, lease name: String, until date: Date) throws -> Lease {
        try changeLease(account, name, "keep_until = \(date.timeIntervalSince1970)", "keepLease")
    }

    /// Records that this run, and with it the owner of its leases, is alive.
    package func heartbeat(run: RunID) throws {
        try write(durable: false) { database in
            let at = now().timeIntervalSince1970
            try database.execute(sql: "UPDATE runs SET heartbeat = ? WHERE id = ?", arguments: [at, run.text])
            try database.execute(
                sql: "UPDATE leases SET heartbeat = ? WHERE run = ? AND state <> 'ended'", arguments: [at, run.text])
            try database.execute(
                sql: "UPDATE lease_users SET heartbeat = ? WHERE run = ?", arguments: [at, run.text])
        }
    }

    /// The leases that have not ended, oldest first; all leases with `includingEnded`.
    package func leases(includingEnded: Bool = false) throws -> [Lease] {
        try read { try leases($0, where: includingEnded ? "1" : "state <> 'ended'", []) }
    }

    /// The abandoned leases: their owner and users are gone and no keep time is left.
    package func deadLeases() throws -> [Lease] {
        let now = now()
        let users = try read { try leaseUsers($0, nil, nil) }
            .filter { $0.owner.isAlive(heartbeat: $0.heartbeat, now: now) }
        return try leases().filter { lease in
            if let keep = lease.keepUntil, keep > now { return false }
            if users.contains(where: { $0.account == lease.account && $0.name == lease.name }) { return false }
            return !lease.owner.isAlive(heartbeat: lease.heartbeat, now: now)
        }
    }

    private func changeLease(
        _ account: String, _ name: String, _ change: String, _ what: String, also: (Database) throws -> Void = { _ in }
    ) throws -> Lease {
        try write(durable: true, what) { database in
            try also(database)
            // The statement always uses ?3, so that its arguments fit changes that do not.
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
        try rows(
            database, of: "leases", sql: "SELECT * FROM leases WHERE \(condition) ORDER BY opened_at, name", arguments
        ).map { row in
            var lease = Lease(
                name: try row.text("name"), account: try row.text("account"), model: try row.text("model"),
                sku: try row.text("sku"), capacity: try row.count("capacity"), hourly: try row.money("hourly"),
                emulated: try row.flag("emulated"), run: RunID(try row.text("run")), owner: try row.owner(),
                keepUntil: try row.optionalDate("keep_until"))
            guard let state = Lease.State(rawValue: try row.text("state")) else {
                throw LedgerError.damaged(path: path, reason: "a lease in an unknown state")
            }
            lease.state = state
            lease.heartbeat = try row.date("heartbeat")
            lease.openedAt = try row.date("opened_at")
            lease.upAt = try row.optionalDate("up_at")
            lease.endedAt = try row.optionalDate("ended_at")
            return lease
        }
    }
}
