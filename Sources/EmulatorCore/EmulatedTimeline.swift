// Advances virtual time and applies changes as they become due.

import Basics
package import Foundation

/// The account's clock as reported to clients.
package struct ClockReading: Codable, Sendable {
    /// Virtual seconds since 1970.
    package var now: Double
    /// The time of the next automatic change; `nil` if everything is idle or computing.
    package var nextDue: Double?
    /// Whether the model is computing.
    package var isComputing: Bool

    enum CodingKeys: String, CodingKey {
        case now
        case nextDue = "next_due"
        case isComputing = "computing"
    }
}

/// The computations of an account.
package struct RunningWork: Sendable {
    /// By the id of their batch or job.
    fileprivate(set) package var tasks: [String: Task<Void, Never>] = [:]
    /// Incremented when a computation ends.
    fileprivate var finished = 0
    /// Whether the account is closing: nothing starts any more, and interrupted work is not recorded.
    fileprivate(set) package var isClosing = false

    /// No computations.
    package init() {}
}

/// An account whose resources change with virtual time. The account applies due changes (`settle`); the protocol
/// provides waiting, polling and the computations in the background.
package protocol EmulatedTimeline: Actor {
    /// The account's virtual time.
    nonisolated var clock: EmulatorClock { get }
    /// The requests that advance it.
    nonisolated var clockTrigger: ClockTrigger { get }
    nonisolated var folder: StateFolder { get }
    /// The account-wide values, stored whenever the clock has jumped.
    nonisolated var head: AccountHead { get }
    /// The computations in progress.
    var work: RunningWork { get set }

    /// Applies all due changes and starts computations that may begin.
    func settle(at now: Date) throws
    /// The next due time after `now`. A phase with an unfinished computation has none: it ends when both its time has
    /// passed and its computation has finished.
    func nextDue(after now: Date) -> Date?
}

/// Real seconds that one wait grants to a computation before virtual time advances.
private let maxPause = Duration.seconds(1)
private let glance = Duration.milliseconds(5)

extension EmulatedTimeline {
    /// Whether the account is closing.
    package var isClosing: Bool { work.isClosing }
    /// The computations by the id of their batch or job.
    package var works: [String: Task<Void, Never>] { work.tasks }

    /// Stores the account-wide values with the clock's jumps so far.
    package func saveHead() async throws {
        var head = head
        head.secondsJumped = await clock.secondsJumped
        try folder.write(head, to: folder.account)
    }

    /// Cancels the computations and waits for their ends.
    package func stopWork() async {
        work.isClosing = true
        for task in work.tasks.values { task.cancel() }
        for task in work.tasks.values { await task.value }
    }

    func reading() async throws -> ClockReading {
        let now = await clock.now()
        try settle(at: now)
        return ClockReading(
            now: now.timeIntervalSince1970, nextDue: nextDue(after: now)?.timeIntervalSince1970,
            isComputing: !work.tasks.isEmpty)
    }

    /// Advances virtual time, stopping at each due time. A running computation first gets up to one real second in
    /// total, so that a client waiting in a loop follows it without spinning.
    func wait(seconds: Double) async throws -> ClockReading {
        let target = await clock.now().addingTimeInterval(seconds)
        var pause = min(maxPause, .waiting(seconds: seconds))
        while true {
            let now = await clock.now()
            try settle(at: now)
            if now >= target { break }
            if !work.tasks.isEmpty, pause > .zero {
                pause -= await pauseForWork(upTo: pause)
                continue
            }
            await clock.jump(to: min(nextDue(after: now) ?? target, target))
        }
        try await saveHead()
        return try await reading()
    }

    /// Advances through every due time up to the target without waiting for computations.
    func advance(to target: Date) async throws {
        while true {
            let now = await clock.now()
            try settle(at: now)
            if now >= target { break }
            await clock.jump(to: min(nextDue(after: now) ?? target, target))
        }
        try await saveHead()
    }

    /// Handles a poll: if the clock follows polls, advances to the polled resource's next due time.
    package func poll(_ due: Date?) async throws -> Date {
        if clockTrigger == .polls, let due { try await advance(to: due) }
        let now = await clock.now()
        try settle(at: now)
        return now
    }

    /// Waits in real time until a computation ends; returns the time waited.
    private func pauseForWork(upTo longest: Duration) async -> Duration {
        let start = ContinuousClock.now
        let before = work.finished
        while work.finished == before, ContinuousClock.now - start < longest {
            try? await Task.sleep(for: glance)
        }
        return ContinuousClock.now - start
    }

    /// Runs the computation of a batch or job; `body` records its own end.
    package func start(_ id: String, _ body: @escaping @Sendable () async -> Void) {
        work.tasks[id] = Task {
            await body()
            self.ended(id)
        }
    }

    private func ended(_ id: String) {
        work.tasks[id] = nil
        work.finished += 1
    }
}
