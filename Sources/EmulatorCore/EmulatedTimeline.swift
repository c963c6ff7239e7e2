// Advances virtual time and applies changes as they become due.

import AzureWire
import Basics
import Foundation

/// The account's clock as reported to clients.
struct ClockReading: Codable, Sendable {
    /// Virtual seconds since 1970.
    var now: Double
    /// The time of the next automatic change; `nil` if everything is idle or computing.
    var nextDue: Double?
    /// Whether the model is computing.
    var isComputing: Bool

    enum CodingKeys: String, CodingKey {
        case now
        case nextDue = "next_due"
        case isComputing = "computing"
    }
}

extension EmulatedAccount {
    /// Real seconds that one wait grants to a computation before virtual time advances.
    private static let longestPause = Duration.seconds(1)
    private static let glance = Duration.milliseconds(5)

    /// Applies all due changes and starts computations that may begin.
    func settle(at now: Date) throws {
        guard !isClosing else { return }
        for id in batches.keys.sorted() {
            while try advanceBatch(id, at: now) {}
        }
        let waiting = jobs.values.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
        for id in waiting.map(\.id) {
            while try advanceJob(id, at: now) {}
        }
    }

    /// The next due time after `now`. A phase with an unfinished computation has none: it ends when both its time has
    /// passed and its computation has finished.
    func nextDue(after now: Date) -> Date? {
        var moments: [Date] = []
        moments += files.values.compactMap { $0.due(after: now) }
        moments += deployments.values.compactMap { $0.due(after: now) }
        for batch in batches.values where !batch.object.status.isTerminal {
            if batch.isWorkDone { moments.append(batch.dueAt) }
            if let start = batch.workFrom { moments.append(start) }
        }
        for job in jobs.values where !job.object.status.isTerminal {
            if job.isWorkDone || job.isWaiting { moments.append(job.dueAt) }
            if let start = job.workFrom { moments.append(start) }
        }
        return moments.filter { $0 > now }.min()
    }

    func reading() async throws -> ClockReading {
        let now = await clock.now()
        try settle(at: now)
        return ClockReading(
            now: now.timeIntervalSince1970, nextDue: nextDue(after: now)?.timeIntervalSince1970,
            isComputing: !works.isEmpty)
    }

    /// Advances virtual time, stopping at each due time. A running computation first gets up to one real second in
    /// total, so that a client waiting in a loop follows it without spinning.
    func wait(seconds: Double) async throws -> ClockReading {
        let target = await clock.now().addingTimeInterval(seconds)
        var pause = min(Self.longestPause, .waiting(seconds: seconds))
        while true {
            let now = await clock.now()
            try settle(at: now)
            if now >= target { break }
            if !works.isEmpty, pause > .zero {
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
    func poll(_ due: Date?) async throws -> Date {
        if settings.clockFollows == .polls, let due { try await advance(to: due) }
        let now = await clock.now()
        try settle(at: now)
        return now
    }

    /// Waits in real time until a computation ends; returns the time waited.
    private func pauseForWork(upTo longest: Duration) async -> Duration {
        let start = ContinuousClock.now
        let before = finishedWorks
        while finishedWorks == before, ContinuousClock.now - start < longest {
            try? await Task.sleep(for: Self.glance)
        }
        return ContinuousClock.now - start
    }

    /// Runs the computation of a batch or job; `work` records its own end.
    func start(_ id: String, _ work: @escaping @Sendable () async -> Void) {
        works[id] = Task {
            await work()
            self.ended(id)
        }
    }

    private func ended(_ id: String) {
        works[id] = nil
        finishedWorks += 1
    }
}
