// Separate limits for pixel work, programs, transfers and questions; waiting on a remote job holds none of them.

/// What a piece of work needs while it runs.
package enum WorkLane: Sendable, Hashable, CaseIterable {
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

    /// - Parameter jobs: how many local programs may run at once.
    package init(jobs: Int) {
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
        isLocal ? try await quiet.work { try await limited(lane, body) } : try await limited(lane, body)
    }

    private func limited<T: Sendable>(
        _ lane: WorkLane, _ body: @Sendable () async throws -> T
    ) async throws -> T {
        guard let semaphore = semaphores[lane] else { return try await body() }
        try await semaphore.acquire()
        do {
            let value = try await body()
            await semaphore.release()
            return value
        } catch {
            await semaphore.release()
            throw error
        }
    }

    /// Runs a latency measurement of something on this machine: alone.
    package func measure<T: Sendable>(_ body: @Sendable () async throws -> T) async throws -> T {
        try await quiet.measure(body)
    }
}
