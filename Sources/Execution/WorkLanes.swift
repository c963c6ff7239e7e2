// Separate limits for pixel work, programs, transfers and questions; waiting on a remote job holds none of them.

package import Basics
import Synchronization

/// What a piece of work needs while it runs.
package enum WorkLane: String, Sendable, Hashable, CaseIterable {
    /// The vision worker, which uses all cores by itself: one at a time.
    case vision
    /// Local programs and file work: as many as `--jobs` says.
    case local
    /// Uploads and downloads.
    case transfer
    /// A remote job in flight: no limit, nothing is held.
    case remote
}

/// The lanes of one run.
package final class WorkLanes: Sendable {
    private let semaphores: [WorkLane: AsyncSemaphore]
    private let quiet = QuietLock()
    private let trace: RunTrace?
    private let tell: @Sendable (StepID, String) -> Void

    /// - Parameters:
    ///   - jobs: how many local programs may run at once.
    ///   - trace: is told how long work waited and worked.
    ///   - tell: is told in words what a step waits for, and when it works.
    package init(jobs: Int, trace: RunTrace? = nil, tell: @escaping @Sendable (StepID, String) -> Void = { _, _ in }) {
        self.trace = trace
        self.tell = tell
        semaphores = [
            .vision: AsyncSemaphore(permits: 1),
            .local: AsyncSemaphore(permits: max(1, jobs)),
            .transfer: AsyncSemaphore(permits: 4),
        ]
    }

    /// Runs work in a lane. Work in lanes is not nested.
    /// - Parameter isLocal: whether this machine does the work, so that it must not disturb a latency measurement.
    package func run<T: Sendable>(
        in lane: WorkLane, isLocal: Bool = true, _ body: @Sendable () async throws -> T
    ) async throws -> T {
        let asked = trace?.now()
        guard isLocal else { return try await limited(lane, asked, body) }
        let wait = LaneWait(tell)
        return try await quiet.work(queued: { wait.begin("waits for a latency measurement to end") }) {
            wait.end()
            return try await limited(lane, asked, body)
        }
    }

    private func limited<T: Sendable>(
        _ lane: WorkLane, _ asked: Double?, _ body: @Sendable () async throws -> T
    ) async throws -> T {
        guard let semaphore = semaphores[lane] else {
            return try await traced(.waits, lane.rawValue, since: nil, body)
        }
        let wait = LaneWait(tell)
        try await semaphore.acquire(queued: { wait.begin("waiting for a free lane") })
        wait.end()
        do {
            let value = try await traced(.work, lane.rawValue, since: asked, body)
            await semaphore.release()
            return value
        } catch {
            await semaphore.release()
            throw error
        }
    }

    /// Runs a latency measurement of something on this machine: alone.
    package func measure<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
        let asked = trace?.now()
        let wait = LaneWait(tell)
        return try await quiet.measure(queued: { wait.begin("waiting for other local steps to finish") }) {
            wait.end()
            return try await traced(.work, "measurement", since: asked, body)
        }
    }

    private func traced<T: Sendable>(
        _ group: RunTrace.Group, _ row: String, since asked: Double?, _ body: @Sendable () async throws -> T
    ) async throws -> T {
        guard let trace else { return try await body() }
        let name = RunTrace.step?.text ?? row
        let start = trace.now()
        // What is shorter than a tenth of a millisecond is no wait.
        if let asked, start - asked >= 1e-4 {
            trace.add(.init(.waits, row: "for " + row, name, from: asked, to: start))
        }
        defer { trace.add(.init(group, row: row, name, from: start, to: trace.now())) }
        return try await body()
    }
}

/// Tells that a step waits for a lane, and that it works again; nothing where it need not wait.
private final class LaneWait: Sendable {
    private let step = RunTrace.step
    private let isWaiting = Atomic(false)
    private let tell: @Sendable (StepID, String) -> Void

    init(_ tell: @escaping @Sendable (StepID, String) -> Void) { self.tell = tell }

    func begin(_ reason: String) {
        guard let step else { return }
        isWaiting.store(true, ordering: .relaxed)
        tell(step, reason)
    }

    func end() {
        if let step, isWaiting.load(ordering: .relaxed) { tell(step, "working") }
    }
}
