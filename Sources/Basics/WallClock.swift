// Time and waiting as a dependency, so that tests and the emulator can substitute their own.

package import Foundation

/// Provides the current time and waits.
package protocol WallClock: Sendable {
    /// The current date and time.
    func now() async -> Date
    /// Suspends for this many seconds; throws `CancellationError` when the task is cancelled.
    func sleep(seconds: Double) async throws
}

/// Real time. Tests and emulators use other clocks.
package struct SystemWallClock: WallClock {
    /// Creates a clock; all instances are equivalent.
    package init() {}
    /// The current time of the system clock, which may be adjusted at any time.
    package func now() async -> Date { Date() }
    /// Suspends the task. Extreme durations are clamped as in `Duration.waiting(seconds:)`.
    package func sleep(seconds: Double) async throws {
        // The duration may come from a server.
        try await Task.sleep(for: .waiting(seconds: seconds))
    }
}
