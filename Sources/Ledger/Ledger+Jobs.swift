// Remote jobs in the ledger, with the budget reserved for them.

package import Basics
import Foundation
import GRDB

extension Ledger {
    /// Records that a job is about to be created and reserves its forecast from the budget, in one transaction.
    /// Create the job only after this returns.
    /// - Throws: `LedgerError.overBudget`, with nothing recorded; `.alreadyIntended` with the existing job.
    package func recordIntent(_ intent: JobIntent, budget: Money?) throws -> RemoteJob {
        try write(durable: true) { database in
            let existing = try jobs(
                database, where: "account = ? AND key = ? AND part = ? AND attempt = ?",
                [intent.account, intent.key.digest.hex, intent.part, intent.attempt])
            if let job = existing.first { throw LedgerError.alreadyIntended(job) }
            try checkBudget(
                database, step: intent.step, amount: intent.reserve, emulated: intent.emulated, budget: budget)
            let at = now().timeIntervalSince1970
            try database.execute(
                sql: """
                    INSERT INTO remote_jobs (kind, account, key, part, attempt, tag, fingerprint, state, is_open,
                        run, step, emulated, created_at, updated_at, detail)
                    VALUES (?, ?, ?, ?, ?, ?, ?, 'intended', 1, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    intent.kind, intent.account, intent.key.digest.hex, intent.part, intent.attempt, intent.tag,
                    intent.fingerprint.hex, intent.run.text, intent.step.text, intent.emulated, at, at,
                    intent.detail.canonical,
                ])
            let id = database.lastInsertedRowID
            try setReservation(
                database, holder: "job:\(id)", run: intent.run, step: intent.step, amount: intent.reserve,
                emulated: intent.emulated)
            return try job(database, id)
        }
    }

    /// Records the id that the provider assigned to the job, or under which the job was found there.
    @discardableResult
    package func markSubmitted(
        _ id: Int64, remoteID: String, state: String = "submitted", detail: JSONValue = .object([:])
    ) throws -> RemoteJob {
        try write(durable: true) { database in
            try update(database, id, state: state, remoteID: remoteID, detail: detail)
        }
    }

    /// Records a state. Members of `detail` replace existing members of the same name; the others stay.
    @discardableResult
    package func markState(_ id: Int64, _ state: String, detail: JSONValue = .object([:])) throws -> RemoteJob {
        try write(durable: true) { database in try update(database, id, state: state, detail: detail) }
    }

    /// Closes a job: records its final state and cost and ends its reservation, in one transaction.
    @discardableResult
    package func finish(
        _ id: Int64, state: String, spend: [Spend] = [], detail: JSONValue = .object([:])
    ) throws -> RemoteJob {
        try write(durable: true) { database in
            for item in spend { try record(database, item) }
            try database.execute(sql: "DELETE FROM reservations WHERE holder = ?", arguments: ["job:\(id)"])
            return try update(database, id, state: state, isOpen: false, detail: detail)
        }
    }

    /// Records that it is unknown whether the job was created. The job and its reservation stay open until a person
    /// decides.
    @discardableResult
    package func quarantine(_ id: Int64, reason: String) throws -> RemoteJob {
        try write(durable: true) { database in
            try update(database, id, state: "quarantined", detail: ["quarantine": .string(reason)])
        }
    }

    /// Removes a job from the ledger at a person's request. A tombstone remains, because the provider may still have
    /// the job: the next create call with the same tag waits until a listing would show it.
    package func forget(_ id: Int64) throws {
        try write(durable: true) { database in
            let job = try job(database, id)
            try database.execute(
                sql: """
                    INSERT INTO forgotten_jobs (kind, account, tag, state, remote_id, step, forgotten_at, detail)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    job.kind, job.account, job.tag, job.state, job.remoteID, job.step.text, now().timeIntervalSince1970,
                    job.detail.canonical,
                ])
            try remove(database, id)
        }
    }

    /// Removes a job that was certainly never created. No tombstone remains.
    package func removeIntent(_ id: Int64) throws {
        try write(durable: true) { database in
            _ = try job(database, id)
            try remove(database, id)
        }
    }

    private func remove(_ database: Database, _ id: Int64) throws {
        try database.execute(sql: "DELETE FROM remote_jobs WHERE id = ?", arguments: [id])
        try database.execute(sql: "DELETE FROM reservations WHERE holder = ?", arguments: ["job:\(id)"])
    }

    /// The jobs that people removed from the ledger, oldest first, filtered by account and tag; `nil` matches all.
    package func forgottenJobs(account: String? = nil, tag: String? = nil) throws -> [ForgottenJob] {
        try read { database in
            try rows(
                database, of: "forgotten_jobs",
                sql: """
                    SELECT * FROM forgotten_jobs WHERE (?1 IS NULL OR account = ?1) AND (?2 IS NULL OR tag = ?2) ORDER BY id
                    """,
                [account, tag]
            ).map { row in
                ForgottenJob(
                    kind: try row.text("kind"), account: try row.text("account"), tag: try row.text("tag"),
                    state: try row.text("state"), remoteID: try row.optionalText("remote_id"),
                    step: StepID(try row.text("step")), forgottenAt: try row.date("forgotten_at"),
                    detail: try row.json("detail"))
            }
        }
    }

    /// The jobs that match the filter, oldest first.
    package func jobs(_ filter: JobFilter = JobFilter()) throws -> [RemoteJob] {
        var conditions = ["1"]
        var arguments: StatementArguments = []
        func add(_ column: String, _ value: (any DatabaseValueConvertible)?) {
            guard let value else { return }
            conditions.append("\(column) = ?")
            arguments += [value]
        }
        // A literal condition instead of a bound value lets SQLite use the index of open jobs.
        if let isOpen = filter.isOpen { conditions.append(isOpen ? "is_open" : "NOT is_open") }
        add("kind", filter.kind)
        add("account", filter.account)
        add("key", filter.key?.digest.hex)
        return try read { try jobs($0, where: conditions.joined(separator: " AND "), arguments) }
            .filter { filter.states?.contains($0.state) ?? true }
    }

    /// Whether no later attempt at the same work exists.
    package func isLatestAttempt(_ job: RemoteJob) throws -> Bool {
        try read { database in
            try Bool.fetchOne(
                database,
                sql: """
                    SELECT NOT EXISTS (
                        SELECT 1 FROM remote_jobs WHERE account = ? AND key = ? AND part = ? AND attempt > ?)
                    """,
                arguments: [job.account, job.key.digest.hex, job.part, job.attempt]) ?? true
        }
    }

    /// The job with the given id. Throws `LedgerError.unknownJob`.
    package func job(_ id: Int64) throws -> RemoteJob { try read { try job($0, id) } }

    /// The amount that a job reserves from the budget; zero when it has no reservation.
    package func held(by job: RemoteJob) throws -> Money {
        try read { database in
            try rows(
                database, of: "reservations", sql: "SELECT amount FROM reservations WHERE holder = ?", ["job:\(job.id)"]
            ).first.map { try $0.money("amount") } ?? .zero
        }
    }

    private func job(_ database: Database, _ id: Int64) throws -> RemoteJob {
        guard let job = try jobs(database, where: "id = ?", [id]).first else { throw LedgerError.unknownJob(id) }
        return job
    }

    @discardableResult
    private func update(
        _ database: Database, _ id: Int64, state: String, isOpen: Bool = true, remoteID: String? = nil,
        detail: JSONValue
    ) throws -> RemoteJob {
        let before = try job(database, id)
        let merged = (before.detail.object ?? [:]).merging(detail.object ?? [:]) { _, new in new }
        try database.execute(
            sql: """
                UPDATE remote_jobs SET state = ?, is_open = ?, remote_id = coalesce(?, remote_id), updated_at = ?,
                    detail = ? WHERE id = ?
                """,
            arguments: [
                state, isOpen, remoteID, now().timeIntervalSince1970, JSONValue.object(merged).canonical, id,
            ])
        return try job(database, id)
    }

    private func jobs(
        _ database: Database, where condition: String, _ arguments: StatementArguments
    ) throws -> [RemoteJob] {
        try rows(
            database, of: "remote_jobs", sql: "SELECT * FROM remote_jobs WHERE \(condition) ORDER BY id", arguments
        ).map { row in
            RemoteJob(
                id: try row.integer("id"), kind: try row.text("kind"), account: try row.text("account"),
                key: try row.key("key"), part: try row.text("part"), attempt: try row.count("attempt"),
                tag: try row.text("tag"), fingerprint: try row.digest("fingerprint"), state: try row.text("state"),
                isOpen: try row.flag("is_open"), remoteID: try row.optionalText("remote_id"),
                run: RunID(try row.text("run")), step: StepID(try row.text("step")),
                emulated: try row.flag("emulated"), createdAt: try row.date("created_at"),
                updatedAt: try row.date("updated_at"), detail: try row.json("detail"))
        }
    }
}
