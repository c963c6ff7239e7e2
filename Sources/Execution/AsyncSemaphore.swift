// A counting semaphore for tasks: first come, first served; a cancelled task gives up its place.

/// Limits how many tasks do one kind of work at once.
actor AsyncSemaphore {
    private var free: Int
    private var waiters: [(id: UInt64, resume: CheckedContinuation<Void, any Error>)] = []
    private var nextID: UInt64 = 0

    init(permits: Int) { free = permits }

    /// Waits for a permit and calls `queued` if none is free. Throws `CancellationError` if the task is cancelled
    /// while it waits.
    func acquire(queued: @Sendable () -> Void = {}) async throws {
        try Task.checkCancellation()
        if free > 0 {
            free -= 1
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
                    waiters.append((id, continuation))
                }
            }
        } onCancel: {
            Task { await self.giveUp(id) }
        }
    }

    /// Returns a permit and wakes the task that has waited longest.
    func release() {
        if waiters.isEmpty {
            free += 1
        } else {
            waiters.removeFirst().resume.resume()
        }
    }

    private func giveUp(_ id: UInt64) {
        guard let index = waiters.firstIndex(where: { $0.id == id }) else { return }
        waiters.remove(at: index).resume.resume(throwing: CancellationError())
    }
}
