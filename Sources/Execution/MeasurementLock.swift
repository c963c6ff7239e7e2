// Shared work and quiet measurement: while a task measures latency, no other local work runs.

/// A lock held by many workers or by one measurer. A waiting measurer blocks new workers, so it is never starved.
actor MeasurementLock {
    private enum Role { case worker, measurer }
    private var workers = 0
    private var measuring = false
    private var waiters: [(id: UInt64, role: Role, resume: CheckedContinuation<Void, any Error>)] = []
    private var nextID: UInt64 = 0

    /// Runs work that may overlap with other work; calls `queued` if it has to wait.
    nonisolated func work<T: Sendable>(
        queued: @Sendable () -> Void = {}, _ body: @Sendable () async throws -> T
    ) async throws -> T {
        try await hold(.worker, queued, body)
    }

    /// Runs a measurement while no work runs; calls `queued` if it has to wait.
    nonisolated func measure<T: Sendable>(
        queued: @Sendable () -> Void = {}, _ body: @Sendable () async throws -> T
    ) async throws -> T {
        try await hold(.measurer, queued, body)
    }

    private nonisolated func hold<T: Sendable>(
        _ role: Role, _ queued: @Sendable () -> Void, _ body: @Sendable () async throws -> T
    ) async throws -> T {
        try await enter(role, queued)
        do {
            let value = try await body()
            await leave(role)
            return value
        } catch {
            await leave(role)
            throw error
        }
    }

    private func enter(_ role: Role, _ queued: @Sendable () -> Void) async throws {
        try Task.checkCancellation()
        if waiters.isEmpty, admits(role) {
            admit(role)
            return
        }
        queued()
        let id = nextID
        nextID += 1
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    waiters.append((id, role, continuation))
                }
            }
        } onCancel: {
            Task { await self.giveUp(id) }
        }
    }

    private func leave(_ role: Role) {
        switch role {
        case .worker: workers -= 1
        case .measurer: measuring = false
        }
        admitWaiters()
    }

    private func admits(_ role: Role) -> Bool {
        switch role {
        case .worker: !measuring
        case .measurer: !measuring && workers == 0
        }
    }

    private func admit(_ role: Role) {
        switch role {
        case .worker: workers += 1
        case .measurer: measuring = true
        }
    }

    private func admitWaiters() {
        while let first = waiters.first, admits(first.role) {
            admit(first.role)
            waiters.removeFirst().resume.resume()
        }
    }

    private func giveUp(_ id: UInt64) {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
        waiters.remove(at: index).resume.resume(throwing: CancellationError())
        admitWaiters()
    }
}
