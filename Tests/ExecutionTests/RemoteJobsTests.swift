// Paid jobs with a provider that loses replies, lists late, refuses and forgets: never duplicated, never lost.

import Basics
import Execution
import Foundation
import Ledger
import ProviderKit
import Synchronization
import Testing

/// A clock that skips every wait.
private final class JumpingClock: WallClock {
    private let seconds = Mutex(0.0)
    func now() async -> Date { Date(timeIntervalSince1970: 1_800_000_000 + elapsed) }
    func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        self.seconds.withLock { $0 += seconds }
    }
    var elapsed: Double { seconds.withLock { $0 } }
}

/// A provider of jobs with faults that no real one has on demand.
private final class FakeProvider: RemoteJobService {
    enum Fault: Error, Equatable { case lostReply, lostRequest, refused, busy, unlisted, gone, interrupted }

    struct Job: Sendable {
        var id: String
        var tag: String
        var fingerprint: Digest?
        var bornAt: Double
        var phase: RemoteSnapshot.Phase = .running
    }

    struct State: Sendable {
        var jobs: [Job] = []
        var creates = 0
        var prepares = 0
        var polls: [Double] = []
        /// Faults of the next create calls.
        var createFaults: [Fault] = []
        var listIsBroken = false
        /// Whether the provider has no list, like many servers.
        var hasNoList = false
        /// Listings omit jobs that are younger than this.
        var stale = 0.0
        /// Seconds that a job takes.
        var takes = 150.0
        /// Jobs that a person cancelled.
        var cutShort: Set<String> = []
        /// The final states of the next jobs, instead of results.
        var ends: [RemoteSnapshot.Phase] = []
        /// The certainty of matches if the provider keeps no tags; `nil` if it keeps them.
        var untagged: RemoteSnapshot.Identity?
        /// Seconds that an upload takes.
        var uploads = 0.0
        /// The look at the list that fails, counted from 1.
        var brokenLook: Int?
        var looks = 0
    }

    let state = Mutex(State())
    let clock: JumpingClock
    let fingerprint: Digest

    init(clock: JumpingClock, fingerprint: Digest = Digest(of: "request")) {
        self.clock = clock
        self.fingerprint = fingerprint
    }

    func set(_ change: (inout State) -> Void) { state.withLock { change(&$0) } }
    var jobs: [Job] { state.withLock { $0.jobs } }
    var creates: Int { state.withLock { $0.creates } }

    func prepare() async throws {
        set { $0.prepares += 1 }
        try await clock.sleep(seconds: state.withLock { $0.prepares == 1 ? $0.uploads : 0 })
    }

    func create(tag: String) async throws -> RemoteSnapshot {
        let now = clock.elapsed
        let (fault, job) = state.withLock { state -> (Fault?, Job?) in
            state.creates += 1
            let fault = state.createFaults.isEmpty ? nil : state.createFaults.removeFirst()
            switch fault {
            case .lostRequest, .refused, .busy: return (fault, nil)
            default: break
            }
            let job = Job(id: "job-\(state.jobs.count + 1)", tag: tag, fingerprint: fingerprint, bornAt: now)
            state.jobs.append(job)
            return (fault, job)
        }
        if fault == .interrupted { throw CancellationError() }
        if let fault { throw fault }
        guard let job else { throw Fault.refused }
        return shown(job)
    }

    func place(of tag: String) -> String { "metadata is \(tag)" }

    func failure(of error: any Error) -> CreateFailure {
        switch error as? Fault {
        case .busy: .busy(retryAfter: nil)
        case .lostReply, .lostRequest: .unknown
        default: .notCreated
        }
    }

    func find(tag: String) async throws -> [RemoteSnapshot] {
        if state.withLock({ $0.hasNoList }) { throw RemoteListUnavailable(reason: "HTTP 404") }
        let now = clock.elapsed
        let (isBroken, found) = state.withLock { state in
            state.looks += 1
            return (
                state.listIsBroken || state.looks == state.brokenLook,
                state.jobs.filter { ($0.tag == tag || state.untagged != nil) && $0.bornAt <= now - state.stale }
            )
        }
        if isBroken { throw Fault.unlisted }
        return found.map(shown)
    }

    func snapshot(of id: String) async throws -> RemoteSnapshot {
        let now = clock.elapsed
        let job = state.withLock { state in
            state.polls.append(now)
            return state.jobs.first { $0.id == id }
        }
        guard let job else { throw Fault.gone }
        return shown(job)
    }

    func isTransient(_ error: any Error) -> Bool { false }
    func isGone(_ error: any Error) -> Bool { error as? Fault == .gone }

    private func shown(_ job: Job) -> RemoteSnapshot {
        let (takes, number, ends) = state.withLock { state in
            (state.takes, state.jobs.firstIndex { $0.id == job.id } ?? 0, state.ends)
        }
        var phase = RemoteSnapshot.Phase.running
        if clock.elapsed >= job.bornAt + takes { phase = number < ends.count ? ends[number] : .completed }
        return RemoteSnapshot(
            id: job.id, phase: phase, identity: state.withLock { $0.untagged } ?? .tagged, fingerprint: job.fingerprint,
            isCutShort: state.withLock { $0.cutShort.contains(job.id) }, text: "\(phase)")
    }
}

/// The messages of the engine.
private final class Notes: Sendable {
    private let texts = Mutex<[String]>([])
    func add(_ text: String) { texts.withLock { $0.append(text) } }
    var all: String { texts.withLock { $0.joined(separator: "\n") } }
}

@Suite struct RemoteJobsTests {
    private let clock = JumpingClock()
    private let notes = Notes()
    private let key = StepKey(Digest(of: "step"))
    private let folder = NSTemporaryDirectory() + "assay-jobs-" + UUID().uuidString

    private func open(_ name: String = "ledger") throws -> Ledger {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        return try Ledger(path: folder + "/\(name).sqlite")
    }

    private func complete(
        _ ledger: Ledger, _ provider: FakeProvider, retry: Bool = false, detach: Bool = false, budget: Money? = nil,
        reserve: Money = Money(dollars: 1), readsListTwice: Bool = true
    ) async throws -> (job: RemoteJob, snapshot: RemoteSnapshot) {
        var settings = RemoteJobs.Settings()
        settings.retry = retry
        settings.detach = detach
        settings.budget = budget
        let notes = notes
        return try await RemoteJobs(ledger: ledger, run: "run", settings: settings).complete(
            RemoteJobRequest(
                kind: "batch", account: "a", emulated: false, key: key, step: "step", part: "0.1",
                fingerprint: Digest(of: "request"), reserve: reserve, readsListTwice: readsListTwice, consent: {}),
            service: provider, pace: .batch, clock: clock, note: { notes.add($0) }, progress: { _ in })
    }

    // MARK: Replies of other servers

    /// Guards: a job with an unknown final state was awaited forever. It is reported and, after a limit, kept for the
    /// next run, which polls it again at no cost.
    @Test func anUndocumentedStateIsReportedAndBounded() async throws {
        let provider = FakeProvider(clock: clock)
        provider.set { $0.ends = [.unknown] }
        let ledger = try open()
        for _ in 0..<2 {
            let start = clock.elapsed
            let error = try await #require(throws: RemoteJobError.self) { try await complete(ledger, provider) }
            #expect("\(error)".contains("undocumented"), "\(error)")
            #expect(clock.elapsed - start < 3 * 3600)
        }
        #expect(notes.all.contains("undocumented state 'unknown'; waiting at most 2 h"))
        #expect(provider.creates == 1)
        provider.set { $0.ends = [.completed] }
        _ = try await complete(ledger, provider)
        #expect(provider.creates == 1)
    }

    /// Guards: a server without a list of jobs could not be used at all.
    @Test func aServerWithoutAListIsUsedAndReported() async throws {
        let provider = FakeProvider(clock: clock)
        provider.set { $0.hasNoList = true }
        _ = try await complete(open(), provider)
        #expect(provider.creates == 1)
        #expect(notes.all.contains("cannot be checked"))
    }

    /// Without a list, the outcome of a create call with a lost reply cannot be determined.
    @Test func withoutAListALostReplyIsForAPersonToDecide() async throws {
        let provider = FakeProvider(clock: clock)
        provider.set {
            $0.hasNoList = true
            $0.createFaults = [.lostReply]
        }
        let ledger = try open()
        for _ in 0..<2 {
            let error = try await #require(throws: RemoteJobError.self) { try await complete(ledger, provider) }
            #expect("\(error)".contains("quarantine"), "\(error)")
        }
        #expect(provider.creates == 1)
    }

    // MARK: Looking twice

    struct Restart: Sendable, CustomTestStringConvertible {
        var id: String
        /// Whether a person forgets the job that was sent; otherwise another ledger is used.
        var isForgotten: Bool
        var readsListTwice = true
        var testDescription: String { id }
    }

    /// Guards against a second paid job: the first one was sent moments ago, and the list does not show it yet.
    @Test(arguments: [
        Restart(id: "forgotten", isForgotten: true),
        Restart(id: "forgotten, at a server on this machine", isForgotten: true, readsListTwice: false),
        Restart(id: "the ledger is lost, or it is another machine", isForgotten: false),
    ]) func aListThatLagsDoesNotMakeASecondJob(_ item: Restart) async throws {
        let provider = FakeProvider(clock: clock)
        provider.set {
            $0.createFaults = [.interrupted]
            $0.stale = 100
        }
        var ledger = try open()
        await #expect(throws: CancellationError.self) { try await complete(ledger, provider) }
        if item.isForgotten {
            try ledger.forget(try #require(try ledger.jobs().first).id)
            #expect(try ledger.jobs().isEmpty)
            #expect(try ledger.forgottenJobs().map(\.state) == ["intended"])
        } else {
            ledger = try open("another")
        }
        let (job, _) = try await complete(ledger, provider, readsListTwice: item.readsListTwice)
        #expect(provider.jobs.count == 1)
        #expect(job.remoteID == "job-1")
        #expect(notes.all.contains("adopted"))
    }

    /// A server on this machine has a current list, and a long upload leaves no time to wait.
    @Test(
        arguments: [
            ("on this machine", false, 0.0, 0.0), ("after a short upload", true, 30, 120), ("after a long one", true, 500, 500),
        ]
            as [(id: String, readsListTwice: Bool, uploads: Double, sentAt: Double)])
    func theSecondLookCostsNoMoreThanItMust(id: String, readsListTwice: Bool, uploads: Double, sentAt: Double) async throws {
        let provider = FakeProvider(clock: clock)
        provider.set { $0.uploads = uploads }
        _ = try await complete(open(), provider, readsListTwice: readsListTwice)
        #expect(provider.jobs.map(\.bornAt) == [sentAt])
        #expect(notes.all.contains("reading the provider's list again") == (sentAt == 120))
    }

    /// Nothing was sent when the second look fails: nothing stays in the ledger.
    @Test func aSecondLookThatFailsSendsNothing() async throws {
        let provider = FakeProvider(clock: clock)
        provider.set { $0.brokenLook = 2 }
        let ledger = try open()
        await #expect(throws: FakeProvider.Fault.unlisted) { try await complete(ledger, provider) }
        #expect(provider.creates == 0)
        #expect(try ledger.jobs().isEmpty)
        #expect(try ledger.balance(emulated: false).reserved == .zero)
    }

    // MARK: Providers that keep no tags

    @Test func threeStoresAndNoTagMakeOneJob() async throws {
        let provider = FakeProvider(clock: clock)
        provider.set { $0.untagged = .sameRequest }
        for name in ["first", "second", "third"] {
            #expect(try await complete(open(name), provider).job.remoteID == "job-1")
        }
        #expect(provider.creates == 1)
        #expect(notes.all.contains("does not contain the tag of job-1 (metadata is "))
        #expect(notes.all.contains("it carries no tag, and its files and parameters are the same"))
    }

    /// A failed job without a tag is one attempt: only `--retry` makes another, which other stores then find.
    @Test func attemptsAreDistinguishedWithoutTags() async throws {
        let provider = FakeProvider(clock: clock)
        provider.set {
            $0.untagged = .sameRequest
            $0.ends = [.ended(reason: "bad data")]
        }
        let ledger = try open()
        await #expect(throws: RemoteJobError.self) { try await complete(ledger, provider) }
        await #expect(throws: RemoteJobError.self) { try await complete(open("other"), provider) }
        #expect(provider.creates == 1)
        #expect(try await complete(ledger, provider, retry: true).job.remoteID == "job-2")
        #expect(try await complete(open("third"), provider).job.remoteID == "job-2")
        #expect(provider.creates == 2)
    }

    /// A person decides about a job that may be the requested one, before anything is paid for.
    @Test func aJobThatMayBeOursIsAskedAbout() async throws {
        let provider = FakeProvider(clock: clock)
        _ = try await provider.create(tag: "of another program")
        provider.set { $0.untagged = .unclear }
        let ledger = try open()
        for _ in 0..<2 { await #expect(throws: RemoteJobError.self) { try await complete(ledger, provider) } }
        let job = try #require(try ledger.jobs(.open).first)
        #expect(job.state == "quarantined")
        #expect(job.candidates == ["job-1"])
        #expect(provider.creates == 1)
        // A person rejects it, and the run continues.
        try ledger.forget(job.id)
        #expect(try await complete(ledger, provider).job.remoteID == "job-2")
    }

    /// A model that carries a job's tag cannot be adopted as a job. Once a person has decided, it is ignored.
    @Test func whatAnUnlistedJobCreatedIsAskedAbout() async throws {
        let provider = FakeProvider(clock: clock)
        _ = try await provider.create(tag: "of another program")
        provider.set { $0.untagged = .product }
        let ledger = try open()
        let error = await #expect(throws: RemoteJobError.self) { try await complete(ledger, provider) }
        #expect("\(String(describing: error))".contains("carries the tag of this batch"))
        let job = try #require(try ledger.jobs(.open).first)
        #expect(job.state == "quarantined" && job.hasProducts && job.candidates == ["job-1"])
        #expect(job.place == "metadata is \(job.tag)")
        #expect(provider.creates == 1)
        try ledger.forget(job.id)
        #expect(try await complete(ledger, provider).job.remoteID == "job-2")
    }

    // MARK: Lost results

    /// Guards against a collected job that could never run again: its results are lost here and at the provider.
    @Test func collectedResultsThatAreLostCanBePaidForAgain() async throws {
        let provider = FakeProvider(clock: clock)
        let ledger = try open()
        let (job, _) = try await complete(ledger, provider)
        try RemoteJobs(ledger: ledger, run: "run", settings: .init()).collected(job, spend: [])
        provider.set { $0.jobs = [] }
        for _ in 0..<2 {
            await #expect {
                try await complete(ledger, provider)
            } throws: { error in
                if case RemoteJobError.lost(remoteID: "job-1", _) = error { true } else { false }
            }
        }
        let lost = try ledger.job(job.id)
        #expect(lost.state == "collected" && !lost.isOpen)
        #expect(lost.lost?.contains("no longer has it") == true)
        #expect(try ledger.isLatestAttempt(lost))
        #expect(provider.creates == 1)
        let (again, _) = try await complete(ledger, provider, retry: true)
        #expect(again.attempt == 2)
        #expect(provider.creates == 2)
        #expect(try !ledger.isLatestAttempt(lost))
    }

    /// Results that reappear at the provider are downloaded, not paid for again.
    @Test func lostResultsThatComeBackAreFetched() async throws {
        let provider = FakeProvider(clock: clock)
        let ledger = try open()
        let (job, _) = try await complete(ledger, provider)
        try RemoteJobs(ledger: ledger, run: "run", settings: .init()).collected(job, spend: [])
        let kept = provider.jobs
        provider.set { $0.jobs = [] }
        await #expect(throws: RemoteJobError.self) { try await complete(ledger, provider) }
        provider.set { $0.jobs = kept }
        #expect(try await complete(ledger, provider).job.lost == nil)
        #expect(provider.creates == 1)
    }

    // MARK: Creating

    struct Create: Sendable, CustomTestStringConvertible {
        var id: String
        var faults: [FaultName]
        var stale = 0.0
        var creates: Int
        var testDescription: String { id }
    }
    enum FaultName: Sendable { case lostReply, lostRequest, busy }

    static let creations: [Create] = [
        Create(id: "nothing goes wrong", faults: [], creates: 1),
        Create(id: "the reply is lost", faults: [.lostReply], creates: 1),
        Create(id: "the reply is lost and lists are late", faults: [.lostReply], stale: 100, creates: 1),
        Create(id: "the request is lost", faults: [.lostRequest], creates: 2),
        Create(id: "no room twice", faults: [.busy, .busy], creates: 3),
        Create(id: "no room, then the reply is lost", faults: [.busy, .lostReply], creates: 2),
    ]

    @Test(arguments: creations) func createdOnce(_ item: Create) async throws {
        let provider = FakeProvider(clock: clock)
        provider.set {
            $0.createFaults = item.faults.map { name in
                switch name {
                case .lostReply: .lostReply
                case .lostRequest: .lostRequest
                case .busy: .busy
                }
            }
            $0.stale = item.stale
        }
        let ledger = try open()
        let (job, snapshot) = try await complete(ledger, provider)
        #expect(snapshot.phase == .completed)
        #expect(provider.jobs.count == 1)
        #expect(provider.creates == item.creates)
        #expect(try ledger.job(job.id).state == "finished")
        // The store has the results; asked again, nothing is created, and the money is counted once.
        let jobs = RemoteJobs(ledger: ledger, run: "run", settings: .init())
        let spend = Spend(
            run: "run", step: "step", key: key, account: "a", emulated: false, amount: Money(dollars: 2), what: "batch",
            receipt: "batch:job-1")
        try jobs.collected(job, spend: [spend])
        let again = try await complete(ledger, provider)
        #expect(again.job.id == job.id)
        try jobs.collected(again.job, spend: [spend])
        #expect(try ledger.balance(emulated: false).spent == Money(dollars: 2))
        #expect(try ledger.balance(emulated: false).reserved == .zero)
        #expect(provider.jobs.count == 1)
    }

    /// The connection is cut at each create call: nothing was created, so the step fails with its error, and nothing
    /// stays reserved.
    @Test func aCreateThatNeverArrivesEnds() async throws {
        let provider = FakeProvider(clock: clock)
        provider.set { $0.createFaults = Array(repeating: .lostRequest, count: 9) }
        let ledger = try open()
        await #expect(throws: FakeProvider.Fault.lostRequest) { try await complete(ledger, provider) }
        #expect(provider.creates == 5)
        #expect(try ledger.jobs().isEmpty)
        #expect(try ledger.balance(emulated: false).reserved == .zero)
        _ = try await complete(ledger, provider)
        #expect(provider.jobs.count == 1)
    }

    @Test(arguments: [0.0, 100]) func interruptedCreateCallIsFound(stale: Double) async throws {
        let provider = FakeProvider(clock: clock)
        provider.set {
            $0.createFaults = [.interrupted]
            $0.stale = stale
        }
        let ledger = try open()
        await #expect(throws: CancellationError.self) { try await complete(ledger, provider) }
        #expect(try ledger.jobs().map(\.state) == ["intended"])
        _ = try await complete(ledger, provider)
        #expect(provider.jobs.count == 1)
        #expect(notes.all.contains("adopted"))
    }

    @Test func anotherMachineAdopts() async throws {
        let provider = FakeProvider(clock: clock)
        await #expect(throws: StepWaiting.self) { try await complete(open("first"), provider, detach: true) }
        let (job, _) = try await complete(open("second"), provider)
        #expect(job.remoteID == "job-1")
        #expect(provider.creates == 1)
        // This includes jobs that ended with results, and jobs over the budget, because they are paid for.
        let third = try await complete(open("third"), provider, budget: Money(dollars: 0.1))
        #expect(third.job.remoteID == "job-1")
        #expect(provider.creates == 1)
    }

    @Test func detachedAndCollected() async throws {
        let provider = FakeProvider(clock: clock)
        let ledger = try open()
        let waiting = await #expect(throws: StepWaiting.self) { try await complete(ledger, provider, detach: true) }
        #expect(waiting?.reason.contains("job-1") == true)
        #expect(try ledger.jobs(.open).count == 1)
        #expect(try await complete(ledger, provider).job.remoteID == "job-1")
        #expect(provider.creates == 1)
    }

    @Test func whatCannotBeKnownIsQuarantined() async throws {
        let provider = FakeProvider(clock: clock)
        let ledger = try open()
        // The list works when the job is planned and breaks once it was sent.
        provider.set { $0.createFaults = [.lostReply] }
        let breaking = BreakingList(base: provider)
        var settings = RemoteJobs.Settings()
        settings.budget = Money(dollars: 10)
        let request = RemoteJobRequest(
            kind: "batch", account: "a", emulated: false, key: key, step: "step", part: "0.1",
            fingerprint: Digest(of: "request"), reserve: Money(dollars: 1), consent: {})
        let jobs = RemoteJobs(ledger: ledger, run: "run", settings: settings)
        for _ in 0..<2 {
            await #expect(throws: RemoteJobError.self) {
                try await jobs.complete(
                    request, service: breaking, pace: .batch, clock: clock, note: { _ in }, progress: { _ in })
            }
            let job = try #require(try ledger.jobs(.open).first)
            #expect(job.state == "quarantined")
            #expect(job.detail["quarantine"]?.string?.contains("list") == true)
            #expect(try ledger.balance(emulated: false).reserved == Money(dollars: 1), "it may bill")
        }
        #expect(provider.creates == 1)
        // A person adopts it.
        provider.set { $0.listIsBroken = false }
        let job = try #require(try ledger.jobs(.open).first)
        try ledger.markSubmitted(job.id, remoteID: "job-1", state: RemoteJobState.quarantined.after(.created).rawValue)
        #expect(try await complete(ledger, provider).snapshot.phase == .completed)
        #expect(provider.creates == 1)
    }

    @Test func aForeignRequestUnderOurTagIsQuarantined() async throws {
        let other = FakeProvider(clock: clock, fingerprint: Digest(of: "another request"))
        let ledger = try open()
        _ = try await other.create(tag: RemoteJobs.tag(key: key, part: "0.1", attempt: 1))
        await #expect(throws: RemoteJobError.self) { try await complete(ledger, other) }
        #expect(try ledger.jobs(.open).map(\.state) == ["quarantined"])
        #expect(other.creates == 1)
        // A person rejects the job: its attempt number is used, so the next number follows.
        try ledger.forget(try #require(try ledger.jobs(.open).first).id)
        await #expect(throws: RemoteJobError.self) { try await complete(ledger, other) }
        #expect(other.creates == 1, "never sent blindly")
    }

    @Test func onlyRetryPaysAgain() async throws {
        let provider = FakeProvider(clock: clock)
        provider.set { $0.ends = [.ended(reason: "bad data")] }
        let ledger = try open()
        for _ in 0..<2 { await #expect(throws: RemoteJobError.self) { try await complete(ledger, provider) } }
        // Another machine sees the failure, and does not pay again unasked either.
        await #expect(throws: RemoteJobError.self) { try await complete(open("other"), provider) }
        #expect(provider.creates == 1)
        let (job, _) = try await complete(ledger, provider, retry: true)
        #expect(job.attempt == 2)
        #expect(provider.creates == 2)
        // The second attempt is adopted though the first failed.
        #expect(try await complete(open("third"), provider).job.remoteID == "job-2")
        #expect(provider.creates == 2)
    }

    @Test func whatFoundNoRoomIsTriedAgainUnasked() async throws {
        let provider = FakeProvider(clock: clock)
        provider.set { $0.ends = [.crowdedOut(reason: "token_limit_exceeded"), .crowdedOut(reason: "again")] }
        let (job, _) = try await complete(try open(), provider)
        #expect(job.remoteID == "job-3")
        #expect(job.attempt == 3)
        // From another machine the third is found.
        #expect(try await complete(try open("other"), provider).job.remoteID == "job-3")
        #expect(provider.creates == 3)
    }

    @Test func overBudgetNothingIsSent() async throws {
        let provider = FakeProvider(clock: clock)
        let ledger = try open()
        await #expect(throws: LedgerError.self) {
            try await complete(ledger, provider, budget: Money(dollars: 0.99))
        }
        #expect(provider.creates == 0)
        #expect(provider.state.withLock { $0.prepares } == 0)
        #expect(try ledger.jobs().isEmpty)
        _ = try await complete(ledger, provider, budget: Money(dollars: 1))
        #expect(provider.creates == 1)
    }

    @Test func twoStartsAtOneMomentAreReported() async throws {
        let provider = FakeProvider(clock: clock)
        // Neither of two looks, two minutes apart, shows the other's job.
        provider.set { $0.stale = 130 }
        await #expect(throws: StepWaiting.self) { try await complete(open("first"), provider, detach: true) }
        let ledger = try open("second")
        let (job, _) = try await complete(ledger, provider)
        #expect(provider.jobs.count == 2)
        #expect(job.remoteID == "job-2")
        #expect(notes.all.contains("job-1 at the provider is a duplicate of job-2"))
        #expect(try ledger.job(job.id).detail["twins"] == ["job-1"])
    }

    /// Of two jobs for the same work the one that a person cancelled is not the one that is taken.
    @Test func theTwinThatIsCancelledIsNotTaken() async throws {
        let provider = FakeProvider(clock: clock)
        let tag = RemoteJobs.tag(key: key, part: "0.1", attempt: 1)
        for _ in 0..<2 { _ = try await provider.create(tag: tag) }
        provider.set { $0.cutShort = ["job-1"] }
        #expect(try await complete(open(), provider).job.remoteID == "job-2")
        #expect(provider.creates == 2)
        #expect(!notes.all.contains("is a duplicate of"))
    }

    @Test func aJobThatIsGoneHasEnded() async throws {
        let provider = FakeProvider(clock: clock)
        let ledger = try open()
        await #expect(throws: StepWaiting.self) { try await complete(ledger, provider, detach: true) }
        provider.set { $0.jobs = [] }
        await #expect(throws: RemoteJobError.self) { try await complete(ledger, provider) }
        #expect(try ledger.jobs().map(\.state) == ["failed"])
        #expect(provider.creates == 1)
    }

    @Test func aDayOfWaitingPollsOnceAMinute() async throws {
        let provider = FakeProvider(clock: clock)
        provider.set { $0.takes = 86_400 }
        _ = try await complete(try open(), provider)
        let polls = provider.state.withLock { $0.polls }
        #expect(polls.count <= 1_441)
        #expect(zip(polls, polls.dropFirst()).allSatisfy { $1 - $0 >= 60 })
    }
}

/// A provider with a list that fails once a job was created.
private struct BreakingList: RemoteJobService {
    let base: FakeProvider

    func prepare() async throws {}
    func create(tag: String) async throws -> RemoteSnapshot {
        defer { base.set { $0.listIsBroken = true } }
        return try await base.create(tag: tag)
    }
    func failure(of error: any Error) -> CreateFailure { base.failure(of: error) }
    func place(of tag: String) -> String { base.place(of: tag) }
    func find(tag: String) async throws -> [RemoteSnapshot] { try await base.find(tag: tag) }
    func snapshot(of id: String) async throws -> RemoteSnapshot { try await base.snapshot(of: id) }
    func isTransient(_ error: any Error) -> Bool { false }
    func isGone(_ error: any Error) -> Bool { base.isGone(error) }
}
