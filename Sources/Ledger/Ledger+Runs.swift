// The run history: runs, their steps and their events.

package import Basics
import Foundation
import GRDB

extension Ledger {
    /// Records the start of a run, in state `running`.
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

    /// Records the end of a run and releases what its steps still reserve from the budget. Reservations of open jobs
    /// and leases stay.
    /// - Parameter detail: merged into the run's detail (RFC 7396).
    package func finishRun(_ id: RunID, state: String, detail: JSONValue? = nil) throws {
        try write(durable: false) { database in
            try close(database, id, state: state, detail: detail)
        }
    }

    /// Changes a run's detail at a person's request, in any state of the run.
    /// - Parameter detail: merged into the existing detail (RFC 7396).
    package func updateRunDetail(_ id: RunID, detail: JSONValue) throws {
        try write(durable: false) { database in
            try database.execute(
                sql: "UPDATE runs SET detail = json_patch(detail, ?) WHERE id = ?",
                arguments: [detail.canonical, id.text])
        }
    }

    /// SQL condition: the run was not removed by a person. A removed run stays as a record of its spending but
    /// appears in no list.
    private static let isListed = "coalesce(json_extract(detail, '$.removed'), 0) = 0"

    /// Marks the runs with dead processes as `died` and returns them.
    @discardableResult
    package func closeDeadRuns() throws -> [RunRecord] {
        let dead = try runs(state: "running").filter { !$0.run.owner.isAlive(heartbeat: $0.heartbeat, now: now()) }
        guard !dead.isEmpty else { return [] }
        return try write(durable: false) { database in
            for (run, _) in dead { try close(database, run.id, state: "died", detail: nil) }
            return dead.map { $0.run }
        }
    }

    /// The smallest number of cached steps in one call that is stored as one list. A run that finds 10,000 steps
    /// cached then writes one row, and the next run with the same steps adds none.
    private static let minListLength = 16

    /// Records steps of a run; a later record of the same step replaces the earlier one.
    package func recordSteps(_ steps: [RunStep], of run: RunID) throws {
        guard !steps.isEmpty else { return }
        var single = steps
        var cached = CachedSteps(steps.filter(\.isCachedAlone))
        if cached.steps.count >= Ledger.minListLength {
            single.removeAll(where: \.isCachedAlone)
        } else {
            cached.steps = []
        }
        try write(durable: false) { database in
            if !cached.steps.isEmpty {
                let text = cached.text
                let digest = Digest(of: text).hex
                try database.execute(
                    sql: "INSERT OR IGNORE INTO cached_steps (digest, steps) VALUES (?, ?)", arguments: [digest, text])
                try database.execute(
                    sql: "INSERT OR IGNORE INTO run_cached_steps (run, digest) VALUES (?, ?)",
                    arguments: [run.text, digest])
            }
            let statement = try database.makeStatement(
                sql: """
                    INSERT OR REPLACE INTO run_steps (run, step, kind, key, state, started_at, seconds, message)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            for step in single {
                try statement.execute(arguments: [
                    run.text, step.step.text, step.kind, step.key?.digest.hex, step.state,
                    step.startedAt?.timeIntervalSince1970, step.seconds, step.message,
                ])
            }
        }
    }

    /// The latest runs, newest first, without those that a person removed; all of them when `limit` is `nil`.
    package func runs(limit: Int? = nil) throws -> [RunRecord] { try runs(state: nil, limit: limit).map { $0.run } }

    /// The run with the given id, removed runs included; `nil` when there is none.
    package func run(_ id: RunID) throws -> RunRecord? {
        try read { database in
            try rows(database, of: "runs", sql: "SELECT * FROM runs WHERE id = ?", [id.text]).first.map { try record($0) }
        }
    }

    /// The steps of a run, sorted by name.
    package func steps(of run: RunID) throws -> [RunStep] {
        try read { database in
            let single = try rows(
                database, of: "run_steps", sql: "SELECT * FROM run_steps WHERE run = ?", [run.text]
            ).map { row in
                RunStep(
                    step: StepID(try row.text("step")), kind: try row.text("kind"), key: try row.optionalKey("key"),
                    state: try row.text("state"), startedAt: try row.optionalDate("started_at"),
                    seconds: try row.optionalSeconds("seconds"), message: try row.optionalText("message"))
            }
            let lists = try rows(
                database, of: "cached_steps",
                sql: "SELECT steps FROM cached_steps JOIN run_cached_steps USING (digest) WHERE run = ?", [run.text]
            ).map { try $0.text("steps") }
            var steps: [StepID: RunStep] = [:]
            for list in lists { for step in try cached(list).steps { steps[step.step] = step } }
            // A record of what the step did in this run takes precedence over a record that its result was cached.
            for step in single { steps[step.step] = step }
            return steps.values.sorted { $0.step < $1.step }
        }
    }

    /// The step keys of the last `count` runs; garbage collection keeps their results.
    package func keys(ofLastRuns count: Int) throws -> Set<StepKey> {
        try keys(ofRuns: "SELECT id FROM runs WHERE \(Ledger.isListed) ORDER BY started_at DESC LIMIT ?", [count])
    }

    /// The step keys of one run.
    package func keys(of run: RunID) throws -> Set<StepKey> { try keys(ofRuns: "SELECT ?", [run.text]) }

    private func keys(ofRuns runs: String, _ arguments: StatementArguments) throws -> Set<StepKey> {
        try read { database in
            let single = try rows(
                database, of: "run_steps",
                sql: "SELECT key FROM run_steps WHERE key IS NOT NULL AND run IN (\(runs))", arguments)
            let lists = try rows(
                database, of: "cached_steps",
                sql: """
                    SELECT steps FROM cached_steps WHERE digest IN
                        (SELECT digest FROM run_cached_steps WHERE run IN (\(runs)))
                    """,
                arguments
            ).map { try $0.text("steps") }
            var keys: Set<StepKey> = []
            for row in single { keys.insert(try row.key("key")) }
            for list in lists { keys.formUnion(try cached(list).steps.compactMap(\.key)) }
            return keys
        }
    }

    private func cached(_ text: String) throws -> CachedSteps {
        guard let steps = CachedSteps(text: text) else {
            throw LedgerError.damaged(path: path, reason: "a list of cached steps cannot be read")
        }
        return steps
    }

    /// Appends an event to the history at the current time; a power failure may lose it.
    package func record(
        event what: String, run: RunID? = nil, step: StepID? = nil, detail: JSONValue = .object([:])
    ) throws {
        try write(durable: false) { database in
            try database.execute(
                sql: "INSERT INTO events (at, run, step, what, detail) VALUES (?, ?, ?, ?, ?)",
                arguments: [now().timeIntervalSince1970, run?.text, step?.text, what, detail.canonical])
        }
    }

    /// The events of a run, in recording order.
    package func events(of run: RunID) throws -> [LedgerEvent] {
        try read { database in
            try rows(database, of: "events", sql: "SELECT * FROM events WHERE run = ? ORDER BY id", [run.text]).map { row in
                LedgerEvent(
                    at: try row.date("at"), run: try row.optionalText("run").map { RunID($0) },
                    step: try row.optionalText("step").map { StepID($0) }, what: try row.text("what"),
                    detail: try row.json("detail"))
            }
        }
    }

    private func close(_ database: Database, _ id: RunID, state: String, detail: JSONValue?) throws {
        try database.execute(
            sql: "UPDATE runs SET state = ?, finished_at = ?, detail = json_patch(detail, coalesce(?, '{}')) WHERE id = ?",
            arguments: [state, now().timeIntervalSince1970, detail?.canonical, id.text])
        try database.execute(
            sql: "DELETE FROM reservations WHERE run = ? AND holder LIKE 'step:%'", arguments: [id.text])
    }

    private func runs(state: String?, limit: Int? = nil) throws -> [(run: RunRecord, heartbeat: Date)] {
        try read { database in
            try rows(
                database, of: "runs",
                sql: """
                    SELECT * FROM runs WHERE (?1 IS NULL OR state = ?1) AND \(Ledger.isListed)
                    ORDER BY started_at DESC, id DESC LIMIT ?2
                    """,
                [state, limit ?? -1]
            ).map { (try record($0), try $0.date("heartbeat")) }
        }
    }

    private func record(_ row: LedgerRow) throws -> RunRecord {
        RunRecord(
            id: RunID(try row.text("id")), experiment: try row.text("experiment"), spec: try row.text("spec"),
            startedAt: try row.date("started_at"), finishedAt: try row.optionalDate("finished_at"),
            state: try row.text("state"), owner: try row.owner(), detail: try row.json("detail"))
    }
}
