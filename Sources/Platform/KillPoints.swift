// The points at which a process might be killed, counted, so that a test can stop at each of them in turn.

import Glibc
import Synchronization

/// Counts points and ends the process, or whatever stands for it, at one of them.
package final class KillPoints: Sendable {
    /// Thrown at the chosen point and at every later one where `end` throws it.
    package struct Killed: Error, Hashable { package init() {} }

    private struct State {
        var passed = 0
        var isDead = false
        var names: [String] = []
    }

    private let chosen: Int?
    private let end: @Sendable () throws -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - chosen: the point to end at, counted from 1; `nil` only counts.
    ///   - end: ends the process. What it throws instead is thrown at the point; when that is `Killed`, nothing works
    ///     any more afterwards, as for a process that is gone.
    package init(at chosen: Int?, end: @escaping @Sendable () throws -> Void = { kill(getpid(), SIGKILL) }) {
        self.chosen = chosen
        self.end = end
    }

    /// Passes a point. `first` leaves what a death in the middle of it leaves.
    package func pass(_ name: String, first: () throws -> Void = {}) throws {
        let isHere = try state.withLock { state in
            if state.isDead { throw Killed() }
            state.passed += 1
            state.names.append(name)
            return state.passed == chosen
        }
        guard isHere else { return }
        // What could not be begun leaves nothing.
        try? first()
        do {
            try end()
        } catch let error as Killed {
            state.withLock { $0.isDead = true }
            throw error
        }
    }

    /// Throws `Killed` once the end has come.
    package func checkAlive() throws {
        if state.withLock({ $0.isDead }) { throw Killed() }
    }

    /// The names of the points passed so far.
    package var names: [String] { state.withLock { $0.names } }
}
