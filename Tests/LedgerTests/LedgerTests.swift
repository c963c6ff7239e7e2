// The ledger as the engine uses it.

import Basics
import Foundation
import Ledger
import Platform
import Synchronization
import Testing

@Suite struct LedgerTests {
    let folder: TemporaryFolder
    let ledger: Ledger
    var path: String { folder.path + "/ledger.sqlite" }

    init() throws {
        folder = try TemporaryFolder()
        ledger = try Ledger(path: folder.path + "/ledger.sqlite")
    }

    func intent(
        _ name: String = "batch", part: String = "", attempt: Int = 1, dollars: Double = 1, emulated: Bool = false
    ) -> JobIntent {
        let key = StepKey(Digest(of: name))
        return JobIntent(
            kind: "batch", account: "account", key: key, part: part, attempt: attempt, tag: key.digest.short,
            fingerprint: Digest(of: name + "request"), run: "run-1", step: StepID(name), emulated: emulated,
            reserve: Money(dollars: dollars), detail: ["deployment": "d"])
    }

    func spend(_ receipt: String, dollars: Double, emulated: Bool = false) -> Spend {
        Spend(
            run: "run-1", step: "batch", key: nil, account: "account", emulated: emulated,
            amount: Money(dollars: dollars), what: "batch", receipt: receipt, detail: ["tokens": 10])
    }

    /// Amounts near the largest one made SQLite end every later sum with an error.
    @Test func `sums of the largest amounts saturate`() throws {
        for receipt in ["a1", "a2", "a3"] {
            let job = try ledger.recordIntent(intent(receipt, dollars: 0), budget: nil)
            try ledger.finish(job.id, state: "collected", spend: [spend(receipt, dollars: 1e300)])
        }
        #expect(try ledger.balance(emulated: false).spent == Money(units: .max))
        #expect(try ledger.spent(receipts: "a") == Money(units: .max))
    }

    @Test func `a job's life, from intent to finish`() throws {
        let intended = try ledger.recordIntent(intent(), budget: Money(dollars: 5))
        #expect(intended.state == "intended")
        #expect(intended.isOpen)
        #expect(intended.remoteID == nil)
        #expect(try ledger.balance(emulated: false) == Balance(spent: .zero, reserved: Money(dollars: 1)))

        let submitted = try ledger.markSubmitted(intended.id, remoteID: "batch_1", detail: ["file": "f"])
        #expect(submitted.state == "submitted")
        let running = try ledger.markState(intended.id, "running", detail: ["done": 3])
        #expect(running.remoteID == "batch_1")
        #expect(running.detail == ["deployment": "d", "file": "f", "done": 3])
        #expect(try ledger.jobs(.open) == [running])

        // A second time, as after a crash between the two: paid once.
        for _ in 0..<2 {
            try ledger.finish(intended.id, state: "collected", spend: [spend("batch_1", dollars: 0.4)])
        }
        #expect(try ledger.balance(emulated: false) == Balance(spent: Money(dollars: 0.4), reserved: .zero))
        #expect(try ledger.jobs(.open).isEmpty)
        #expect(try ledger.spending(of: "run-1").map(\.amount) == [Money(dollars: 0.4)])
        let reopened = try Ledger(path: path)
        #expect(try reopened.jobs(JobFilter(key: intended.key)).map(\.state) == ["collected"])
        #expect(try reopened.job(intended.id).tag == intended.tag)
    }

    @Test func `the same work is intended once`() throws {
        let first = try ledger.recordIntent(intent(), budget: nil)
        #expect(throws: LedgerError.alreadyIntended(first)) { try ledger.recordIntent(intent(), budget: nil) }
        #expect(try ledger.balance(emulated: false).reserved == Money(dollars: 1))
        _ = try ledger.recordIntent(intent(attempt: 2), budget: nil)
        _ = try ledger.recordIntent(intent(part: "shard-2"), budget: nil)
        #expect(try ledger.jobs(JobFilter(kind: "batch", account: "account")).count == 3)
        #expect(try ledger.jobs(JobFilter(states: ["running"])).isEmpty)
        try ledger.forget(first.id)
        #expect(throws: LedgerError.unknownJob(first.id)) { try ledger.job(first.id) }
        #expect(throws: LedgerError.unknownJob(first.id)) { try ledger.markState(first.id, "running") }
        #expect(try ledger.balance(emulated: false).reserved == Money(dollars: 2))
    }

    @Test(
        arguments: [
            ("fits exactly", 3, 2, 5, true), ("a millionth over", 3, 2.000001, 5, false),
            ("nothing left", 5, 0.01, 5, false),
            ("free work fits", 5, 0, 5, true),
        ] as [(id: String, before: Double, amount: Double, budget: Double, fits: Bool)])
    func `the budget is kept`(id: String, before: Double, amount: Double, budget: Double, fits: Bool) throws {
        _ = try ledger.recordIntent(intent("first", dollars: before), budget: nil)
        // An emulator's dollars count apart.
        _ = try ledger.recordIntent(intent("emulated", dollars: 1000, emulated: true), budget: nil)
        let next = intent("next", dollars: amount)
        if fits {
            #expect(throws: Never.self) { try ledger.recordIntent(next, budget: Money(dollars: budget)) }
        } else {
            let refusal = LedgerError.overBudget(
                step: "next", amount: Money(dollars: amount), spent: .zero, reserved: Money(dollars: before),
                budget: Money(dollars: budget))
            #expect(throws: refusal) { try ledger.recordIntent(next, budget: Money(dollars: budget)) }
            #expect(try ledger.jobs().count == 2, "nothing is recorded")
            #expect(try ledger.balance(emulated: false).reserved == Money(dollars: before))
        }
    }

    @Test func `a step that pays as it goes reserves, settles, and frees what a dead run held`() throws {
        let budget = Money(dollars: 10)
        func reserve(_ holder: String, _ dollars: Double, run: RunID = "run-1") throws {
            try ledger.reserve(
                holder: holder, run: run, step: "ask", amount: Money(dollars: dollars), emulated: false, budget: budget)
        }
        try reserve("step:a", 8)
        try reserve("step:a", 9)
        #expect(throws: LedgerError.self) { try reserve("step:a", 11) }
        #expect(throws: LedgerError.self) { try reserve("step:b", 2) }
        #expect(try ledger.balance(emulated: false).reserved == Money(dollars: 9))
        try ledger.settle(holder: "step:a", spend: [spend("a", dollars: 7)])
        #expect(try ledger.balance(emulated: false) == Balance(spent: Money(dollars: 7), reserved: .zero))

        let gone = ProcessOwner(host: ProcessOwner.current.host, pid: 1, started: "never")
        try ledger.startRun("dead", experiment: "e", spec: "e.yaml", owner: gone)
        try ledger.startRun("alive", experiment: "e", spec: "e.yaml")
        try reserve("step:c", 2, run: "dead")
        #expect(try ledger.closeDeadRuns().map(\.id) == ["dead"])
        #expect(try ledger.balance(emulated: false).reserved == .zero)
        #expect(Set(try ledger.runs().map { "\($0.id) \($0.state)" }) == ["dead died", "alive running"])
    }

    @Test func `quarantine keeps the job and its money until a person decides`() throws {
        let job = try ledger.recordIntent(intent(), budget: nil)
        let held = try ledger.quarantine(job.id, reason: "the reply was lost")
        #expect(held.state == "quarantined")
        #expect(held.detail["quarantine"] == "the reply was lost")
        #expect(try ledger.jobs(JobFilter(isOpen: true, states: ["quarantined"])).map(\.id) == [job.id])
        #expect(try ledger.balance(emulated: false).reserved == Money(dollars: 1))
    }

    @Test func `many writers at once never spend more than the budget`() async throws {
        let path = path
        let accepted = try await withThrowingTaskGroup(of: Int.self) { group in
            for writer in 0..<4 {
                group.addTask { [self] in
                    // A separate connection each, as in four processes.
                    let ledger = try Ledger(path: path)
                    var accepted = 0
                    for index in 0..<25 {
                        do {
                            _ = try ledger.recordIntent(
                                intent("job-\(writer)-\(index)"), budget: Money(dollars: 37))
                            accepted += 1
                        } catch LedgerError.overBudget {}
                    }
                    return accepted
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(accepted == 37)
        #expect(try ledger.balance(emulated: false).reserved == Money(dollars: 37))
        #expect(try ledger.jobs().count == 37)
    }

    @Test func `of many who intend the same, one may go on`() async throws {
        let path = path
        let winners = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<8 {
                group.addTask { [self] in
                    do {
                        _ = try Ledger(path: path).recordIntent(intent(), budget: nil)
                        return true
                    } catch LedgerError.alreadyIntended {
                        return false
                    }
                }
            }
            return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(winners == 1)
    }

    @Test func `a writer waits for another process`() async throws {
        let other = try await LineProcess.launch(
            ChildCommand(
                "python3",
                [
                    "-c",
                    "import sqlite3,sys,time; c=sqlite3.connect(sys.argv[1],isolation_level=None);"
                        + "c.execute('BEGIN IMMEDIATE'); print('held',flush=True); time.sleep(0.3);"
                        + "c.execute('COMMIT')",
                    path,
                ]))
        for try await _ in other.lines { break }
        _ = try ledger.recordIntent(intent(), budget: nil)
        #expect(try ledger.jobs().count == 1)
        await other.stop()
    }

    @Test func `a lease's life`() throws {
        let lease = Lease(
            name: "assay-1", account: "a", model: "m", sku: "Standard", capacity: 50, hourly: Money(dollars: 1.7),
            emulated: false, run: "run-1")
        #expect(try ledger.openLease(lease).state == .opening)
        try ledger.reserve(
            holder: "lease:assay-1", run: "run-1", step: "deploy", amount: Money(dollars: 2), emulated: false,
            budget: nil)
        let up = try ledger.markUp(account: "a", lease: "assay-1")
        #expect(up.state == .up)
        #expect(up.upAt != nil)
        #expect(up.owner == .current)
        #expect(try ledger.deadLeases().isEmpty, "its owner lives")
        // Another run takes it over: since when it bills does not change.
        var taken = lease
        taken.run = "run-2"
        #expect(try ledger.openLease(taken).upAt == up.upAt)
        #expect(try ledger.beginEnding(account: "a", lease: "assay-1").state == .ending)
        for _ in 0..<2 {
            try ledger.endLease(account: "a", lease: "assay-1", spend: [spend("lease:assay-1", dollars: 0.5)])
        }
        #expect(try ledger.leases().isEmpty)
        #expect(try ledger.leases(includingEnded: true).map(\.state) == [.ended])
        #expect(try ledger.balance(emulated: false) == Balance(spent: Money(dollars: 0.5), reserved: .zero))
        #expect(throws: LedgerError.unknownLease("assay-9")) { try ledger.markUp(account: "a", lease: "assay-9") }
        // The name is used again for a new deployment.
        #expect(try ledger.openLease(lease).upAt == nil)
    }

    @Test(
        arguments: [
            ("dead owner", true, nil, true), ("living owner", false, nil, false),
            ("dead owner, kept", true, 3600, false), ("dead owner, kept long enough", true, -1, true),
            ("living owner, kept long enough", false, -1, false),
        ] as [(id: String, isDead: Bool, keep: Double?, isFound: Bool)])
    func `leases that nobody will end are found`(id: String, isDead: Bool, keep: Double?, isFound: Bool) throws {
        var owner = ProcessOwner.current
        if isDead { owner.started += "x" }
        try ledger.openLease(
            Lease(
                name: "assay-1", account: "a", model: "m", sku: "s", capacity: 1, hourly: .zero, emulated: true,
                run: "r", owner: owner, keepUntil: keep.map { Date().addingTimeInterval($0) }))
        #expect(try ledger.deadLeases().count == (isFound ? 1 : 0))
    }

    /// Guards against a deployment deleted under a run that shares it with one that died, and against a wish to keep it
    /// that a later run without that wish forgot.
    @Test func `a shared lease is left user by user`() throws {
        func lease(_ run: RunID, isDead: Bool = false, keepUntil: Date? = nil) -> Lease {
            var owner = ProcessOwner.current
            if isDead { owner.started += "x" }
            return Lease(
                name: "assay-1", account: "a", model: "m", sku: "s", capacity: 1, hourly: .zero, emulated: true, run: run,
                owner: owner, keepUntil: keepUntil)
        }
        try ledger.openLease(lease("one"))
        try ledger.openLease(lease("dead", isDead: true))
        #expect(try ledger.isInUse(try #require(try ledger.leases().first)), "the first run lives")
        #expect(try ledger.deadLeases().isEmpty)
        try ledger.openLease(lease("two"))
        #expect(try ledger.leaveLease(account: "a", lease: "assay-1", run: "one", keepUntil: nil) == .shared)
        #expect(try ledger.leaveLease(account: "a", lease: "assay-1", run: "two", keepUntil: nil) == .last)
        #expect(try ledger.leases().map(\.state) == [.ending])
        try ledger.endLease(account: "a", lease: "assay-1")

        let later = Date().addingTimeInterval(3600)
        try ledger.openLease(lease("three", keepUntil: later))
        #expect(try ledger.leaveLease(account: "a", lease: "assay-1", run: "three", keepUntil: later) == .kept)
        try ledger.openLease(lease("four"))
        #expect(try ledger.leaveLease(account: "a", lease: "assay-1", run: "four", keepUntil: nil) == .kept)
        #expect(abs(try #require(try ledger.leases().first?.keepUntil).timeIntervalSince(later)) < 0.01)
    }

    @Test func `a new ledger is claimed, another is taken over`() throws {
        #expect(try ledger.owner() == nil)
        #expect(try ledger.claimIfNew(for: "me") == "me")
        #expect(try ledger.claimIfNew(for: "you") == "me")
        try ledger.takeOver(for: "you")
        #expect(try ledger.owner() == "you")
        let used = try Ledger(path: folder.path + "/used.sqlite")
        try used.startRun("r", experiment: "e", spec: "s")
        #expect(try used.claimIfNew(for: "me") == nil, "an older version's, with a history")
    }

    @Test func `who owns a lease is reported by more than a number`() async throws {
        let now = Date()
        #expect(ProcessOwner.current.isAlive(heartbeat: .distantPast, now: now))
        var other = ProcessOwner.current
        other.started = "1@another"
        #expect(!other.isAlive(heartbeat: now, now: now))
        let elsewhere = ProcessOwner(host: "elsewhere", pid: 1, started: "")
        #expect(elsewhere.isAlive(heartbeat: now.addingTimeInterval(-60), now: now))
        #expect(!elsewhere.isAlive(heartbeat: now.addingTimeInterval(-3600), now: now))
    }

    @Test func `files are known by bytes, purpose and account`() throws {
        let digest = Digest(of: "file")
        var file = RemoteFile(
            account: "a", digest: digest, purpose: "batch", state: "intended", name: "assay-1.jsonl", bytes: 4,
            emulated: false)
        try ledger.recordFile(file)
        file.state = "uploaded"
        file.remoteID = "file-1"
        file.uploadedAt = Date(timeIntervalSince1970: 1_700_000_000)
        try ledger.recordFile(file)
        #expect(try ledger.file(account: "a", digest: digest, purpose: "batch") == file)
        #expect(try ledger.file(account: "b", digest: digest, purpose: "batch") == nil)
        #expect(try ledger.file(account: "a", digest: digest, purpose: "fine-tune") == nil)
        #expect(try ledger.files() == [file])
        #expect(try ledger.files(account: "b").isEmpty)
        try ledger.forgetFile(account: "a", digest: digest, purpose: "batch")
        #expect(try ledger.files().isEmpty)
    }

    @Test func `history records what ran and with which key`() throws {
        let time = Mutex(Date(timeIntervalSince1970: 1_700_000_000))
        let clock = Clock(time: time.withLock { $0 })
        let ledger = try Ledger(path: folder.path + "/history.sqlite", now: { clock.tick() })
        let keys = (0..<3).map { StepKey(Digest(of: "\($0)")) }
        for (index, state) in ["ran", "cached", "failed"].enumerated() {
            let run = RunID("run-\(index)")
            try ledger.startRun(run, experiment: "e", spec: "e.yaml", detail: ["variants": ["default"]])
            try ledger.recordSteps(
                [RunStep(step: "score", kind: "score", key: keys[index], state: "running")], of: run)
            try ledger.recordSteps(
                [
                    RunStep(
                        step: "score", kind: "score", key: keys[index], state: state, startedAt: clock.tick(),
                        seconds: 0.5, message: state == "failed" ? "no" : nil),
                    RunStep(step: "report", kind: "x", key: nil, state: "blocked"),
                ], of: run)
            try ledger.record(event: "epoch", run: run, step: "score", detail: ["k": .int(Int64(index))])
            try ledger.finishRun(run, state: "done", detail: ["ran": 1])
        }
        #expect(try ledger.runs(limit: 2).map(\.id) == ["run-2", "run-1"])
        #expect(try ledger.run("run-0")?.detail == ["variants": ["default"], "ran": 1], "what the run began with is kept")
        #expect(try ledger.run("run-9") == nil)
        #expect(try ledger.steps(of: "run-2").map(\.state) == ["blocked", "failed"])
        #expect(try ledger.keys(ofLastRuns: 2) == [keys[1], keys[2]])
        #expect(try ledger.events(of: "run-1").map(\.detail) == [["k": 1]])
    }

    @Test func `a long list of cached steps comes back step by step, under what ran`() throws {
        let ledger = try Ledger(path: folder.path + "/lists.sqlite")
        let steps = (0..<40).map {
            RunStep(step: StepID("step \"\($0)\""), kind: "score", key: StepKey(Digest(of: "\($0)")), state: "cached")
        }
        for run: RunID in ["first", "second"] {
            try ledger.startRun(run, experiment: "e", spec: "e.yaml")
            try ledger.recordSteps(steps, of: run)
        }
        // One of them turned out damaged and was made again.
        var again = steps[7]
        again.state = "ran"
        again.seconds = 2
        try ledger.recordSteps([again], of: "second")
        let sorted = steps.sorted { $0.step < $1.step }
        #expect(try ledger.steps(of: "first") == sorted)
        #expect(try ledger.steps(of: "second") == sorted.map { $0.step == again.step ? again : $0 })
        #expect(try ledger.keys(of: "first") == Set(steps.compactMap(\.key)))
        #expect(try ledger.keys(ofLastRuns: 1) == Set(steps.compactMap(\.key)))
        #expect(try ledger.keys(of: "third").isEmpty)
    }

    final class Clock: Sendable {
        private let time: Mutex<Date>
        init(time: Date) { self.time = Mutex(time) }
        func tick() -> Date {
            time.withLock {
                $0.addTimeInterval(1)
                return $0
            }
        }
    }

    @Test func `every change records its start and end`() throws {
        let moments = Moments()
        let ledger = try Ledger(
            path: path, onWrite: { what, moment in moments.all.withLock { $0.append("\(moment) \(what)") } })
        let job = try ledger.recordIntent(intent(), budget: nil)
        try ledger.markSubmitted(job.id, remoteID: "b")
        #expect(throws: LedgerError.self) { try ledger.recordIntent(intent(), budget: nil) }
        #expect(
            moments.all.withLock { $0 } == [
                "before recordIntent", "after recordIntent", "before markSubmitted", "after markSubmitted",
                "before recordIntent",
            ])
    }

    /// A power cut leaves the ledger in its last synced state: each record that affects billing is in it as soon as the
    /// method returns.
    @Test func `what a bill depends on survives a power cut`() throws {
        let kept = Mutex<[String: Data]>([:])
        let path = folder.path + "/cut.sqlite"
        let ledger = try Ledger(
            path: path,
            onKept: {
                kept.withLock { kept in
                    for end in ["", "-wal"] { kept[end] = FileManager.default.contents(atPath: path + end) }
                }
            })
        func afterCut() throws -> Ledger {
            let copy = folder.path + "/after-\(UUID().uuidString).sqlite"
            for (end, bytes) in kept.withLock({ $0 }) { try bytes.write(to: URL(fileURLWithPath: copy + end)) }
            return try Ledger(path: copy)
        }
        let job = try ledger.recordIntent(intent(), budget: nil)
        #expect(try afterCut().jobs() == [job])
        #expect(try afterCut().balance(emulated: false).reserved == Money(dollars: 1))
        let submitted = try ledger.markSubmitted(job.id, remoteID: "batch_1")
        #expect(try afterCut().jobs() == [submitted])
        let closed = try ledger.finish(job.id, state: "collected", spend: [spend("batch_1", dollars: 0.4)])
        #expect(try afterCut().jobs() == [closed])
        #expect(try afterCut().balance(emulated: false) == Balance(spent: Money(dollars: 0.4), reserved: .zero))
        try ledger.forget(job.id)
        #expect(try afterCut().forgottenJobs().map(\.tag) == [job.tag])
        let file = RemoteFile(
            account: "a", digest: Digest(of: "f"), purpose: "batch", state: "intended", name: "f", bytes: 1, emulated: true)
        try ledger.recordFile(file)
        #expect(try afterCut().files() == [file])
        let lease = try ledger.openLease(
            Lease(name: "assay-1", account: "a", model: "m", sku: "s", capacity: 1, hourly: .zero, emulated: true, run: "r"))
        #expect(try afterCut().leases() == [lease])
        try ledger.endLease(account: "a", lease: "assay-1", spend: [spend("hosting", dollars: 1)])
        #expect(try afterCut().leases().isEmpty)
        try ledger.reserve(
            holder: "step:a", run: "run-1", step: "ask", amount: Money(dollars: 2), emulated: false, budget: nil)
        #expect(try afterCut().balance(emulated: false).reserved == Money(dollars: 2))
        try ledger.settle(holder: "step:a", spend: [spend("online", dollars: 1.5)])
        #expect(
            try afterCut().balance(emulated: false) == Balance(spent: Money(dollars: 2.9), reserved: .zero))
        try ledger.takeOver(for: "me")
        #expect(try afterCut().owner() == "me")
    }

    final class Moments: Sendable {
        let all = Mutex<[String]>([])
    }
}

@Suite struct LedgerFileTests {
    /// The `user_version` in a database's header is a big-endian number at byte 60.
    func setVersion(_ version: UInt8, of path: String) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[63] = version
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    @Test func `a newer ledger is refused, a known one is kept`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ledger.sqlite"
        do { try Ledger(path: path).startRun("r", experiment: "e", spec: "s") }
        #expect(try Ledger(path: path).runs().count == 1)
        try setVersion(9, of: path)
        #expect(throws: LedgerError.newerFormat(path: path, found: 9, known: 4)) { try Ledger(path: path) }
    }

    @Test func `an empty file becomes a ledger, another file is refused`() throws {
        let folder = try TemporaryFolder()
        let empty = folder.path + "/empty.sqlite"
        try Data().write(to: URL(fileURLWithPath: empty))
        #expect(try Ledger(path: empty).runs().isEmpty)
        let other = folder.path + "/other.sqlite"
        try Data(repeating: 65, count: 5000).write(to: URL(fileURLWithPath: other))
        #expect {
            try Ledger(path: other)
        } throws: { error in
            if case LedgerError.damaged(let path, _) = error { path == other } else { false }
        }
    }

    /// A trigger in a ledger that came with a project would write what its author wants into it.
    @Test(arguments: [
        "CREATE TRIGGER t AFTER INSERT ON runs BEGIN DELETE FROM leases; END", "CREATE VIEW v AS SELECT 1",
    ]) func `a ledger with a program in it is refused`(statement: String) async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ledger.sqlite"
        do { _ = try Ledger(path: path) }
        let changed = try await ChildProcess.run(
            ChildCommand(
                "python3",
                ["-c", "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute(sys.argv[2]); c.commit()", path, statement])
        )
        #expect(changed.status.isSuccess)
        #expect {
            try Ledger(path: path)
        } throws: { error in
            if case LedgerError.damaged(_, let reason) = error { reason.contains("which Assay does not create") } else { false }
        }
    }

    @Test func `many open a new ledger at once`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/ledger.sqlite"
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask {
                    try Ledger(path: path).startRun(RunID("r\(index)"), experiment: "e", spec: "s")
                }
            }
            try await group.waitForAll()
        }
        #expect(try Ledger(path: path).runs().count == 8)
    }

    static let mounts = """
        22 1 259:2 / / rw,relatime - ext4 /dev/root rw
        23 22 0:20 / /home rw - nfs4 server:/home rw
        24 23 259:3 / /home/me/local rw shared:1 - xfs /dev/x rw
        25 22 0:21 / /scratch\\040one rw - lustre fs@tcp:/scratch rw
        """

    @Test(arguments: [
        ("/srv", false), ("/home/me", true), ("/home", true), ("/homes", false), ("/home/me/local/state", false),
        ("/scratch one/state", true),
    ])
    func `network file systems are reported from local ones`(folder: String, isOnNetwork: Bool) {
        #expect(Ledger.isOnNetwork(folder, mounts: Self.mounts) == isOnNetwork)
    }
}
