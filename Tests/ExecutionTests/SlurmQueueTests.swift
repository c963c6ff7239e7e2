// The coordinator's side, with a simulated cluster that has faults on demand.

import Basics
import Execution
import Foundation
import Planning
import Platform
import Specification
import Synchronization
import Testing

/// A clock that skips every wait.
private final class JumpingClock: WallClock {
    private let seconds = Mutex(0.0)
    /// Called whenever the time is read.
    private let meanwhile: @Sendable () async -> Void

    init(meanwhile: @escaping @Sendable () async -> Void = {}) { self.meanwhile = meanwhile }

    func now() async -> Date {
        await meanwhile()
        return Date(timeIntervalSince1970: 1_800_000_000 + seconds.withLock { $0 })
    }
    func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        self.seconds.withLock { $0 += seconds }
        await Task.yield()
    }
}

/// The states of a job that ends well.
private let done = ["PENDING", "RUNNING", "COMPLETED"]

/// A cluster with jobs that go through scripted states, one per poll.
final class FakeSlurm: SlurmService {
    enum Reply { case taken, refused, lostAfterTaking, lostBeforeTaking }

    private struct State {
        var jobs: [SlurmState] = []
        var submitted: [SlurmJob] = []
        var cancelled: [String] = []
        var replies: [Reply] = []
        var scripts: [[String]] = []
    }
    private let state: Mutex<State>
    private let folder: SlurmFolder
    /// Jobs that are listed besides.
    private let others: [SlurmState]
    /// Called when a task's state changes.
    private let reach: @Sendable (SlurmPlace, String) -> Void

    /// - Parameters:
    ///   - scripts: the states of the jobs of each submission; the last one remains, and "GONE" removes the job from
    ///     the list.
    init(
        _ folder: SlurmFolder, scripts: [[String]], replies: [Reply] = [], others: [SlurmState] = [],
        reach: @escaping @Sendable (SlurmPlace, String) -> Void
    ) {
        self.folder = folder
        self.others = others
        self.reach = reach
        state = Mutex(State(replies: replies, scripts: scripts))
    }

    var submitted: [SlurmJob] { state.withLock { $0.submitted } }
    var cancelled: [String] { state.withLock { $0.cancelled } }
    private let rest = Mutex<[SlurmPlace: [String]]>([:])

    func submit(_ job: SlurmJob) async throws -> String {
        try state.withLock { state in
            let reply = state.replies.isEmpty ? .taken : state.replies.removeFirst()
            switch reply {
            case .refused: throw SlurmError.command("sbatch", message: "invalid partition specified")
            case .lostBeforeTaking: throw SlurmError.command("sbatch", message: "Unable to contact slurm controller")
            case .taken, .lostAfterTaking: break
            }
            state.submitted.append(job)
            let id = "\(state.submitted.count)"
            let script = state.scripts.isEmpty ? ["COMPLETED"] : state.scripts.removeFirst()
            for index in 0..<job.tasks {
                let place = SlurmPlace(name: job.name, index: index)
                state.jobs.append(
                    SlurmState(place: place, id: job.tasks == 1 ? id : "\(id)_\(index)", state: "PENDING"))
                rest.withLock { $0[place] = script }
            }
            if reply == .lostAfterTaking { throw SlurmError.command("sbatch", message: "Socket timed out") }
            return id
        }
    }

    func list() async throws -> [SlurmState] {
        let (jobs, changed) = state.withLock { state -> ([SlurmState], [SlurmState]) in
            var changed: [SlurmState] = []
            for at in state.jobs.indices {
                let place = state.jobs[at].place
                let next = rest.withLock { rest -> String? in
                    guard let script = rest[place], !script.isEmpty else { return nil }
                    return rest[place]?.removeFirst()
                }
                guard let next else { continue }
                state.jobs[at].state = next
                changed.append(state.jobs[at])
            }
            state.jobs.removeAll { $0.state == "GONE" }
            return (state.jobs, changed)
        }
        for job in changed { reach(job.place, job.state) }
        return others + jobs
    }

    func details(_ id: String) async throws -> [String: String] { ["ExitCode": "1:0"] }
    func cancel(_ ids: [String]) async throws {
        state.withLock { state in
            state.cancelled += ids
            for at in state.jobs.indices where ids.contains(state.jobs[at].id) {
                state.jobs[at].state = "CANCELLED"
                rest.withLock { $0[state.jobs[at].place] = [] }
            }
        }
    }
}

/// A clock whose waits take half a second, whatever their length, so that requests arrive during one on a busy machine, too.
private struct WaitingClock: WallClock {
    func now() async -> Date { Date() }
    func sleep(seconds: Double) async throws { try await Task.sleep(for: .milliseconds(500)) }
}

@Suite struct SlurmQueueTests {
    private let root = NSTemporaryDirectory() + "assay-slurm-" + UUID().uuidString
    private var folder: SlurmFolder { SlurmFolder(state: root) }

    private func step(_ name: String) -> Step {
        let work = RunCommand(
            identity: .init(command: .shell(name), files: [:], outputs: ["out"], version: nil, environment: [:]),
            settings: .init(sources: [:]))
        return Step(id: StepID(name), work: .runCommand(work), inputs: [], parts: [], models: [], variants: [])
    }

    private func request(_ name: String) -> SlurmRequest {
        SlurmRequest(
            task: SlurmTask(key: StepKey(Digest(of: name)), steps: [step(name)], inputs: [:]),
            resources: SlurmResources(seconds: 60), environment: [:])
    }

    /// Writes the files that a node would write for the first step of a task.
    private func finish(_ place: SlurmPlace) {
        guard let task = folder.read(SlurmTask.self, at: folder.task(place, "json")) else { return }
        try? folder.write(
            SlurmOutcome(outputs: [:], facts: .object([:]), seconds: 1, node: "n1", job: place.name.text),
            at: folder.step(task.key) + "/outcome.json")
    }

    private func queue(
        _ slurm: FakeSlurm, detach: Bool = false, clock: any WallClock = JumpingClock()
    ) -> SlurmQueue {
        var settings = SlurmQueue.Settings(program: "/bin/assay", stateFolder: root, workingFolder: root)
        settings.detach = detach
        return SlurmQueue(service: slurm, settings: settings, clock: clock, note: { _ in })
    }

    private func slurm(_ scripts: [[String]] = [], replies: [FakeSlurm.Reply] = []) -> FakeSlurm {
        let copy = self
        return FakeSlurm(folder, scripts: scripts, replies: replies) { if $1 == "COMPLETED" { copy.finish($0) } }
    }

    private func outcomes(_ names: [String], _ queue: SlurmQueue) async throws -> Int {
        try await withThrowingTaskGroup(of: SlurmOutcome.self) { group in
            for name in names { group.addTask { try await queue.outcome(of: self.request(name)) { _, _ in } } }
            return try await group.reduce(0) { count, _ in count + 1 }
        }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        /// The states of each submission's job, by looks.
        var scripts: [[String]]
        var replies: [FakeSlurm.Reply] = []
        var submissions: Int
        /// A part of the error's words; `nil` for a step that is done.
        var failure: String?
        var testDescription: String { id }

        fileprivate init(
            _ id: String, _ scripts: [[String]], replies: [FakeSlurm.Reply] = [], submissions: Int,
            failure: String? = nil
        ) {
            self.id = id
            self.scripts = scripts
            self.replies = replies
            self.submissions = submissions
            self.failure = failure
        }
    }

    @Test(arguments: [
        Case("done", [done], submissions: 1),
        Case("requeued by the cluster", [["RUNNING", "PENDING", "RUNNING", "COMPLETED"]], submissions: 1),
        Case("node lost once", [["RUNNING", "NODE_FAIL"], done], submissions: 2),
        Case("preempted twice", [["RUNNING", "PREEMPTED"], ["PREEMPTED"], done], submissions: 3),
        Case(
            "lost each time", [["NODE_FAIL"], ["NODE_FAIL"], ["NODE_FAIL"]], submissions: 3,
            failure: "submitted 3 times and lost each time"),
        Case("forgotten by the cluster", [["RUNNING", "GONE"], done], submissions: 2),
        Case("time limit", [["RUNNING", "TIMEOUT"]], submissions: 1, failure: "raise 'time'"),
        Case("memory", [["RUNNING", "OUT_OF_MEMORY"]], submissions: 1, failure: "raise 'memory'"),
        Case("cancelled", [["PENDING", "CANCELLED"]], submissions: 1, failure: "was cancelled"),
        Case("died without a word", [["RUNNING", "FAILED"]], submissions: 1, failure: "exit code 1:0"),
        Case("refused", [], replies: [.refused], submissions: 0, failure: "invalid partition"),
        Case("the reply is lost", [done], replies: [.lostAfterTaking], submissions: 1),
        Case("the request is lost", [done], replies: [.lostBeforeTaking, .taken], submissions: 1),
    ])
    func ends(_ one: Case) async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let slurm = slurm(one.scripts, replies: one.replies)
        let queue = queue(slurm)
        var words: String?
        do {
            _ = try await queue.outcome(of: request("a")) { _, _ in }
        } catch {
            words = "\(error)"
        }
        await queue.close()
        #expect(slurm.submitted.count == one.submissions)
        if let failure = one.failure {
            #expect(words?.contains(failure) ?? false, "\(words ?? "done")")
        } else {
            #expect(words == nil)
        }
        #expect(slurm.cancelled == [], "nothing is left to cancel")
    }

    @Test func readyStepsAreOneArray() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let slurm = slurm([done])
        let count = try await outcomes((0..<24).map { "step \($0)" }, queue(slurm, clock: WaitingClock()))
        #expect(count == 24)
        #expect(slurm.submitted.map(\.tasks) == [24])
    }

    /// A coordinator that restarts after a crash finds the job by its name, and a result by its key.
    @Test func jobsAreTakenOverAndResultsFound() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let slurm = slurm([["RUNNING", "RUNNING", "RUNNING", "RUNNING", "COMPLETED"]])
        let killed = queue(slurm, detach: true)
        await #expect(throws: StepWaiting.self) { _ = try await killed.outcome(of: self.request("a")) { _, _ in } }
        #expect(try await outcomes(["a"], queue(slurm)) == 1)
        #expect(slurm.submitted.count == 1)
        #expect(try await outcomes(["a"], queue(slurm)) == 1, "the result lies there until it is in the store")
        #expect(slurm.submitted.count == 1)
    }

    @Test func detachedJobsGoOn() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let slurm = slurm([["RUNNING"]])
        let queue = queue(slurm, detach: true)
        await #expect(throws: StepWaiting.self) { _ = try await queue.outcome(of: self.request("a")) { _, _ in } }
        await queue.close()
        #expect(slurm.submitted.count == 1)
        #expect(slurm.cancelled == [])
    }

    @Test func anInterruptedRunCancelsItsJobs() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let slurm = slurm([["RUNNING"], done])
        let queue = queue(slurm)
        let request = request("a")
        let waiting = Task { try await queue.outcome(of: request) { _, _ in } }
        while slurm.submitted.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { _ = try await waiting.value }
        await queue.close()
        #expect(slurm.cancelled == ["1"])
        #expect(try await outcomes(["a"], self.queue(slurm)) == 1, "the next run submits the step again")
        #expect(slurm.submitted.count == 2)
    }

    /// A node's report of a failure is shown once; the next run retries the step.
    @Test func failureIsReportedOnce() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let folder = folder
        let slurm = FakeSlurm(folder, scripts: [["RUNNING", "COMPLETED"], done]) { [self] place, state in
            guard state == "COMPLETED" else { return }
            guard folder.task(place, "json").contains("-2/") else {
                try? folder.write(
                    SlurmFailure(message: "exited with 3: no such label", place: place, node: "n1", job: "1"),
                    at: folder.step(request("a").task.key) + "/failure.json")
                return
            }
            finish(place)
        }
        let first = queue(slurm)
        await #expect(throws: SlurmError.step("exited with 3: no such label", job: "1", node: "n1")) {
            _ = try await first.outcome(of: self.request("a")) { _, _ in }
        }
        await first.close()
        #expect(try await outcomes(["a"], queue(slurm)) == 1)
        #expect(slurm.submitted.count == 2)
    }

    /// If the time limit interrupts a chain of epochs, the chain continues in another job; an epoch's own limit is
    /// reported.
    @Test func chainContinuesAfterItsTimeLimit() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let slurm = slurm([["RUNNING", "TIMEOUT"], done])
        let before = queue(slurm, detach: true)
        await #expect(throws: StepWaiting.self) { _ = try await before.outcome(of: self.request("epoch 1")) { _, _ in } }
        let place = SlurmPlace(name: try #require(slurm.submitted.first).name, index: 0)
        try folder.write(place, at: folder.step(request("epoch 2").task.key) + "/claim.json")
        #expect(try await outcomes(["epoch 2"], queue(slurm)) == 1)
        #expect(slurm.submitted.count == 2)
    }

    /// A node's report of a failure is weighed against the cluster's report of the job's end, because a program dies
    /// with its job.
    @Test(arguments: [
        Case(
            "memory", [["RUNNING", "OUT_OF_MEMORY"]], submissions: 1,
            failure: "raise 'memory' of the executor; its output: was killed"),
        Case("cancelled", [["RUNNING", "CANCELLED"]], submissions: 1, failure: "was cancelled"),
        Case("time limit", [["RUNNING", "TIMEOUT"]], submissions: 1, failure: "raise 'time'"),
        Case("put back into the queue", [["RUNNING", "PENDING", "RUNNING", "COMPLETED"]], submissions: 1),
        Case("lost", [["RUNNING", "NODE_FAIL"], done], submissions: 2),
        Case("the program's own", [["RUNNING", "COMPLETING", "FAILED"]], submissions: 1, failure: "was killed (Slurm job 1"),
        Case("forgotten", [["RUNNING", "GONE"]], submissions: 1, failure: "was killed (Slurm job 1"),
    ])
    func programsDieWithTheirJobs(_ one: Case) async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let failures = Mutex(0)
        let slurm = FakeSlurm(folder, scripts: one.scripts) { [self] place, state in
            if state == "COMPLETED" { finish(place) }
            guard state == "RUNNING",
                failures.withLock({
                    $0 += 1
                    return $0
                }) == 1
            else { return }
            try? folder.write(
                SlurmFailure(message: "was killed", place: place, node: "n1", job: "1"),
                at: folder.step(request("a").task.key) + "/failure.json")
        }
        var words: String?
        do {
            _ = try await queue(slurm).outcome(of: request("a")) { _, _ in }
        } catch {
            words = "\(error)"
        }
        #expect(slurm.submitted.count == one.submissions)
        if let failure = one.failure {
            #expect(words?.contains(failure) ?? false, "\(words ?? "done")")
        } else {
            #expect(words == nil)
        }
    }

    /// A submission that the cluster refuses may stay in its list, as failed, and the next one has its name.
    @Test func anotherJobOfTheNameIsNotTaken() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let name = SlurmJob.name(of: [request("a").task.key], in: root, attempt: 1)
        let other = SlurmState(place: .init(name: name, index: 0), id: "99", state: "FAILED", reason: "BadConstraints")
        let slurm = FakeSlurm(folder, scripts: [done], others: [other]) { [self] place, state in
            if state == "COMPLETED" { finish(place) }
        }
        #expect(try await outcomes(["a"], queue(slurm)) == 1)
        #expect(slurm.submitted.map(\.name) == [name])
    }

    /// A network file system may show an outcome before its objects become visible.
    @Test func anOutcomeWaitsForItsObjects() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let object = Digest(of: "made on a node")
        let slurm = FakeSlurm(folder, scripts: [["RUNNING", "RUNNING", "RUNNING", "COMPLETED"]]) { [self] _, state in
            if state == "COMPLETED" {
                let path = root + "/objects/\(object.hex.prefix(2))/\(object.hex.dropFirst(2))"
                try? LocalFileSystem().makeFolder((path as NSString).deletingLastPathComponent)
                try? Data("made on a node".utf8).write(to: URL(fileURLWithPath: path))
                return
            }
            try? folder.write(
                SlurmOutcome(outputs: ["out": object], facts: .object([:]), seconds: 1, node: "n1", job: "1"),
                at: folder.step(request("a").task.key) + "/outcome.json")
        }
        #expect(try await outcomes(["a"], queue(slurm)) == 1)
        #expect(slurm.submitted.count == 1)
    }

    /// Regression: an epoch that became ready during a look was submitted by that look, although the job of the epochs
    /// before it was at it.
    @Test func whatComesDuringALookIsLookedForFirst() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let request = request("epoch 2")
        let slurm = FakeSlurm(folder, scripts: [["RUNNING", "RUNNING", "RUNNING", "COMPLETED"]]) { [self] place, state in
            guard state == "COMPLETED" else { return }
            finish(place)
            try? folder.write(
                SlurmOutcome(outputs: [:], facts: .object([:]), seconds: 1, node: "n1", job: "1"),
                at: folder.step(request.task.key) + "/outcome.json")
        }
        let come = Mutex<(@Sendable () async -> Void)?>(nil)
        let settings = SlurmQueue.Settings(program: "/bin/assay", stateFolder: root, workingFolder: root)
        let clock = JumpingClock(meanwhile: {
            let first = come.withLock { come in
                defer { come = nil }
                return come
            }
            await first?()
        })
        let queue = SlurmQueue(service: slurm, settings: settings, clock: clock, note: { _ in })
        let later = Mutex<Task<SlurmOutcome, any Error>?>(nil)
        come.withLock { come in
            come = { [self] in
                // The job of "epoch 1" continues with "epoch 2".
                let name = SlurmJob.name(of: [self.request("epoch 1").task.key], in: root, attempt: 1)
                try? folder.write(
                    SlurmPlace(name: name, index: 0), at: folder.step(request.task.key) + "/claim.json")
                later.withLock { $0 = Task { try await queue.outcome(of: request) { _, _ in } } }
                try? await Task.sleep(for: .milliseconds(50))
            }
        }
        #expect(try await outcomes(["epoch 1"], queue) == 1)
        _ = try await later.withLock { $0 }?.value
        #expect(slurm.submitted.count == 1)
    }

    @Test func progressOfAStepIsReported() async throws {
        defer { try? FileManager.default.removeItem(atPath: root) }
        let slurm = FakeSlurm(folder, scripts: [["PENDING", "RUNNING", "RUNNING", "RUNNING", "COMPLETED"]]) {
            [self] place, state in
            if state == "COMPLETED" { finish(place) }
            guard state == "RUNNING" else { return }
            try? folder.write(
                SlurmProgress(step: "a", fraction: 0.5, text: "batch 5 of 10"), at: folder.task(place, "progress"))
        }
        let reported = Mutex<[String]>([])
        _ = try await queue(slurm).outcome(of: request("a")) { fraction, text in
            reported.withLock { $0.append("\(fraction.map { "\($0)" } ?? "-") \(text)") }
        }
        #expect(
            reported.withLock { $0 } == [
                "- Slurm 1 pending", "- Slurm 1 running", "0.5 Slurm 1 running, batch 5 of 10",
            ])
    }
}
