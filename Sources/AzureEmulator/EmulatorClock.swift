// The emulator's virtual time: the machine's time plus what was jumped over.

package import Basics
package import Foundation

/// Virtual time. It flows with the base clock and jumps ahead when a client waits, so that a service's
/// minutes and hours pass in an instant; it never goes back. A base clock that stands still (`StoppedClock`)
/// makes every moment of a test known.
package actor EmulatorClock: WallClock {
    private let base: any WallClock
    private var jumped: Double
    private var latest = Date.distantPast

    /// `jumped`: the seconds already jumped over in an earlier life.
    package init(base: any WallClock = SystemWallClock(), jumped: Double = 0) {
        self.base = base
        self.jumped = jumped
    }

    package func now() async -> Date {
        let reading = await base.now().addingTimeInterval(jumped)
        latest = max(latest, reading)
        return latest
    }

    /// Jumps to a moment; one that is past changes nothing.
    package func jump(to moment: Date) async {
        let ahead = moment.timeIntervalSince(await now())
        if ahead > 0 { jumped += ahead }
    }

    /// Jumps over the seconds at once.
    package func sleep(seconds: Double) async throws {
        try Task.checkCancellation()
        await jump(to: await now().addingTimeInterval(seconds))
    }

    /// The seconds jumped over so far: what has to outlive a restart.
    package var secondsJumped: Double { jumped }
}

/// A base clock that stands still, for tests that want every moment known.
package struct StoppedClock: WallClock {
    private let moment: Date

    package init(at moment: Date) { self.moment = moment }
    package func now() async -> Date { moment }
    package func sleep(seconds: Double) async throws {}
}
