// The emulator's virtual time: the base clock plus the time skipped.

package import Basics
package import Foundation

/// Virtual time. It advances with the base clock and jumps ahead when a client waits, so that the service's minutes
/// and hours pass instantly. It never goes back. With a stopped base clock (`StoppedClock`), a test knows every
/// timestamp.
package actor EmulatorClock: WallClock {
    private let base: any WallClock
    private var jumped: Double
    private var latest = Date.distantPast

    /// - Parameter jumped: seconds already skipped before a restart.
    package init(base: any WallClock = SystemWallClock(), jumped: Double = 0) {
        self.base = base
        self.jumped = jumped
    }

    /// The base clock's time plus the seconds skipped.
    package func now() async -> Date {
        let reading = await base.now().addingTimeInterval(jumped)
        latest = max(latest, reading)
        return latest
    }

    /// Jumps to a time; does nothing if it is in the past.
    package func jump(to moment: Date) async {
        let ahead = moment.timeIntervalSince(await now())
        if ahead > 0 { jumped += ahead }
    }

    /// Skips the seconds without waiting.
    package func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        await jump(to: await now().addingTimeInterval(seconds))
    }

    /// Seconds skipped so far, which must survive a restart.
    package var secondsJumped: Double { jumped }
}

/// A base clock that never advances, for tests that need every timestamp to be known.
package struct StoppedClock: WallClock {
    private let moment: Date

    /// - Parameter moment: the time that the clock always returns.
    package init(at moment: Date) { self.moment = moment }
    /// Always the time given at initialization.
    package func now() async -> Date { moment }
    /// Returns immediately.
    package func sleep(seconds: Double) async throws {}
}
