// The history of runs.

package import Basics
import Foundation
import GRDB

extension Ledger {
    /// Records that a run begins.
    package func startRun(
        _ id: RunID, experiment: String, spec: String, owner: ProcessOwner = .current,
        detail: JSONValue = .object([:])
    ) throws {
        try write(durable: false) { database in
            let at = now().timeIntervalSince1970
            try database.execute(
                sql: """
                    INSERT INTO runs (id, experiment, spec, started_at, state, host, pid, process, heartbeat, detail)
                    VALUES (?, ?, ?, ?, 'running', ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id.text, experiment, spec, at, owner.host, owner.pid, owner.started, at, detail.canonical,
                ])
        }
    }

    /// Records how a run ended. What its steps still hold back from the budget, apart from open jobs and leases, is
    /// free again.
    package func finishRun(_ id: RunID, state: String, detail: JSONValue? = nil) throws {
        try write(durable: false) { database in
            try close(database, id, state: state, detail: detail)
        }
    }

    /// Marks the runs whose processes are gone as `died`, and returns them.
    @discardableResult
    package func closeDeadRuns() throws -> [RunRecord] {
        let dead = try runs(state: "running").filter { !$0.run.owner.isAlive(heartbeat: $0.heartbeat, now: now()) }
        guard !dead.isEmpty else { return [] }
        return try write(durable: false) { database in
            for (run, _) in dead { try close(database, run.id, state: "died", detail: nil) }
            return dead.map { $0.run }
        }
    }

    /// Records steps of a run; a later record of the same step takes the place of the first.
    package func recordSteps(_ steps: [RunStep], of run: RunID) throws {
        guard !steps.isEmpty else { return }
        try write(durable: false) { database in
            let statement = try database.makeStatement(
                sql: """
                    INSERT OR REPLACE INTO run_steps (run, step, kind, key, state, started_at, seconds, message)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            for step in steps {
                try statement.execute(arguments: [
                    run.text, step.step.text, step.kind, step.key?.digest.hex, step.state,
                    step.startedAt?.timeIntervalSince1970, step.seconds, step.message,
                ])
            }
        }
    }

    /// The latest runs, newest first.
    package func runs(limit: Int? = nil) throws -> [RunRecord] { try runs(state: nil, limit: limit).map { $0.run } }

    /// The run with an id.
    package func run(_ id: RunID) throws -> RunRecord? {
        try read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM runs WHERE id = ?", arguments: [id.text])
                .map { try record($0) }
        }
    }

    /// The steps of a run, by name.
    package func steps(of run: RunID) throws -> [RunStep] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM run_steps WHERE run = ? ORDER BY step", arguments: [run.text]
            ).map { row in
                RunStep(
                    step: StepID(row["step"]), kind: row["kind"],
                    key: try (row["key"] as String?).map { try key($0) },
                    state: row["state"], startedAt: (row["started_at"] as Double?).map(date), seconds: row["seconds"],
                    message: row["message"])
            }
        }
    }

    /// The key that a step of this name had when it last was cached or ran in an experiment: what `explain` compares
    /// with.
    package func lastKey(of step: StepID, experiment: String) throws -> StepKey? {
        try read { database in
            try String.fetchOne(
                database,
                sql: """
                    SELECT run_steps.key FROM run_steps JOIN runs ON runs.id = run_steps.run
                    WHERE run_steps.step = ? AND run_steps.state IN ('cached', 'ran') AND runs.experiment = ?
                        AND run_steps.key IS NOT NULL
                    ORDER BY runs.started_at DESC LIMIT 1
                    """,
                arguments: [step.text, experiment]
            ).map { try key($0) }
        }
    }

    /// The step keys of the last runs: what garbage collection keeps.
    package func keys(ofLastRuns count: Int) throws -> Set<StepKey> {
        try read { database in
            let keys = try String.fetchAll(
                database,
                sql: """
                    SELECT DISTINCT key FROM run_steps WHERE key IS NOT NULL AND run IN
                        (SELECT id FROM runs ORDER BY started_at DESC LIMIT ?)
                    """,
                arguments: [count])
            return Set(try keys.map { try key($0) })
        }
    }

    /// The step keys of one run.
    package func keys(of run: RunID) throws -> Set<StepKey> { Set(try steps(of: run).compactMap(\.key)) }

    /// Records that something happened.
    package func record(
        event what: String, run: RunID? = nil, step: StepID? = nil, detail: JSONValue = .object([:])
    ) throws {
        try write(durable: false) { database in
            try database.execute(
                sql: "INSERT INTO events (at, run, step, what, detail) VALUES (?, ?, ?, ?, ?)",
                arguments: [now().timeIntervalSince1970, run?.text, step?.text, what, detail.canonical])
        }
    }

    /// The events of a run in their order.
    package func events(of run: RunID) throws -> [LedgerEvent] {
        try read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM events WHERE run = ? ORDER BY id", arguments: [run.text]
            ).map { row in
                LedgerEvent(
                    at: date(row["at"]), run: (row["run"] as String?).map { RunID($0) },
                    step: (row["step"] as String?).map { StepID($0) }, what: row["what"],
                    detail: try json(row["detail"]))
            }
        }
    }

    private func close(_ database: Database, _ id: RunID, state: String, detail: JSONValue?) throws {
        try database.execute(
            sql: "UPDATE runs SET state = ?, finished_at = ?, detail = coalesce(?, detail) WHERE id = ?",
            arguments: [state, now().timeIntervalSince1970, detail?.canonical, id.text])
        try database.execute(
            sql: "DELETE FROM reservations WHERE run = ? AND holder LIKE 'step:%'", arguments: [id.text])
    }

    private func runs(state: String?, limit: Int? = nil) throws -> [(run: RunRecord, heartbeat: Date)] {
        try read { database in
            try Row.fetchAll(
                database,
                sql: "SELECT * FROM runs WHERE ?1 IS NULL OR state = ?1 ORDER BY started_at DESC, id DESC LIMIT ?2",
                arguments: [state, limit ?? -1]
            ).map { (try record($0), date($0["heartbeat"])) }
        }
    }

    private func record(_ row: Row) throws -> RunRecord {
        RunRecord(
            id: RunID(row["id"]), experiment: row["experiment"], spec: row["spec"], startedAt: date(row["started_at"]),
            finishedAt: (row["finished_at"] as Double?).map(date), state: row["state"], owner: owner(row),
            detail: try json(row["detail"]))
    }
}
