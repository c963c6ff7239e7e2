// Assigns the GPUs of this machine to one step at a time.

import Foundation

/// Assigns GPUs in the order of requests, so that two trainings never share one. It covers only the steps of one run.
actor DevicePool {
    /// Indices of the free GPUs; empty on a machine without GPUs.
    private var free: [Int]
    private let count: Int
    private var waiting: [(id: UInt64, needed: Int, resume: CheckedContinuation<[Int], any Error>)] = []
    private var lastID: UInt64 = 0

    /// - Parameter devices: the indices that this process may use.
    init(devices: [Int]) {
        free = devices
        count = devices.count
    }

    /// The GPUs that the process may use: `CUDA_VISIBLE_DEVICES` if it lists numbers, otherwise all that the NVIDIA driver
    /// reports.
    static func present(visible: String?, driverFolder: String = "/proc/driver/nvidia/gpus") -> [Int] {
        if let visible {
            return visible.split(separator: ",").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        }
        let found = (try? FileManager.default.contentsOfDirectory(atPath: driverFolder)) ?? []
        return Array(found.indices)
    }

    /// Runs a body with exclusive use of some GPUs.
    /// - Parameter waiting: called if it has to wait.
    /// - Parameter body: receives the GPU indices; `nil` if none are needed.
    /// - Throws: `StepFailure.tooFewDevices`.
    nonisolated func run<Value: Sendable>(
        on needed: Int, waiting: @Sendable () -> Void, _ body: @Sendable ([Int]?) async throws -> Value
    ) async throws -> Value {
        guard needed > 0 else { return try await body(nil) }
        let devices = try await acquire(needed, waiting)
        do {
            let value = try await body(devices)
            await release(devices)
            return value
        } catch {
            await release(devices)
            throw error
        }
    }

    private func acquire(_ needed: Int, _ queued: @Sendable () -> Void) async throws -> [Int] {
        guard needed <= count else { throw StepFailure.tooFewDevices(needed: needed, present: count) }
        try Task.checkCancellation()
        if waiting.isEmpty, free.count >= needed { return take(needed) }
        queued()
        lastID += 1
        let id = lastID
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    waiting.append((id, needed, continuation))
                }
            }
        } onCancel: {
            Task { await giveUp(id) }
        }
    }

    private func take(_ needed: Int) -> [Int] {
        let taken = Array(free.prefix(needed))
        free.removeFirst(needed)
        return taken
    }

    private func release(_ devices: [Int]) {
        free = (free + devices).sorted()
        while let next = waiting.first, free.count >= next.needed {
            waiting.removeFirst()
            next.resume.resume(returning: take(next.needed))
        }
    }

    private func giveUp(_ id: UInt64) {
        guard let index = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: index).resume.resume(throwing: CancellationError())
        release([])
    }
}
