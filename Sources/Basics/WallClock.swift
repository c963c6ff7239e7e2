// The time of day and waiting, as a parameter: tests and the emulator bring their own.

package import Foundation

/// Tells the time and waits.
package protocol WallClock: Sendable {
    func now() async -> Date
    /// Waits; throws `CancellationError` when the task is cancelled.
    func sleep(seconds: Double) async throws
}

/// The machine's own clock.
package struct SystemWallClock: WallClock {
    package init() {}
    package func now() async -> Date { Date() }
    package func sleep(seconds: Double) async throws {
        // A server may have asked for this wait.
        try await Task.sleep(for: .waiting(seconds: seconds))
    }
}
