// Separate limits for pixel work, programs and transfers; waiting for a remote job holds none of them.

package import Basics
package import Planning
import Synchronization

/// The resource that a piece of work occupies: the lane of its step's kind, or another lane for a part such as an
/// upload.
package typealias WorkLane = StepDefinition.Lane

/// The lanes of one run.
package final class WorkLanes: Sendable {
    private let semaphores: [WorkLane: AsyncSemaphore]
    private let measurementLock = MeasurementLock()
    private let trace: RunTrace?
    private let report: @Sendable (StepID, String) -> Void

    /// - Parameters:
    ///   - jobs: the maximum number of local programs at once.
    ///   - trace: receives how long work waited and ran.
    ///   - report: receives a description of what a step waits for, and when it continues.
    package init(jobs: Int, trace: RunTrace? = nil, report: @escaping @Sendable (StepID, String) -> Void = { _, _ in }) {
        self.trace = trace
        self.report = report
        semaphores = [
            .vision: AsyncSemaphore(permits: 1),
            .local: AsyncSemaphore(permits: max(1, jobs)),
            .transfer: AsyncSemaphore(permits: 4),
        ]
    }

    /// Runs work in a lane. Work in lanes must not be nested.
    /// - Parameter isLocal: whether this machine does the work, which must not disturb a latency measurement.
    package func run<T: Sendable>(
        in lane: WorkLane, isLocal: Bool = true, _ body: @Sendable () async throws -> T
    ) async throws -> T {
        let asked = trace?.now()
        guard isLocal else { return try await limited(lane, asked, body) }
        let wait = LaneWait(report)
        return try await measurementLock.work(queued: { wait.begin("waiting for a latency measurement to end") }) {
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
        let wait = LaneWait(report)
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

    /// Measures latency on this machine while no other local work runs.
    package func measure<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
        let asked = trace?.now()
        let wait = LaneWait(report)
        return try await measurementLock.measure(queued: { wait.begin("waiting for other local steps to finish") }) {
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
        // Waits below a tenth of a millisecond are not recorded.
        if let asked, start - asked >= 1e-4 {
            trace.add(.init(.waits, row: "for " + row, name, from: asked, to: start))
        }
        defer { trace.add(.init(group, row: row, name, from: start, to: trace.now())) }
        return try await body()
    }
}

/// Reports that a step waits for a lane and when it continues; reports nothing if it need not wait.
private final class LaneWait: Sendable {
    private let step = RunTrace.step
    private let isWaiting = Atomic(false)
    private let report: @Sendable (StepID, String) -> Void

    init(_ report: @escaping @Sendable (StepID, String) -> Void) { self.report = report }

    func begin(_ reason: String) {
        guard let step else { return }
        isWaiting.store(true, ordering: .relaxed)
        report(step, reason)
    }

    func end() {
        if let step, isWaiting.load(ordering: .relaxed) { report(step, "working") }
    }
}
