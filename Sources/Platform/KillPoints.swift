// The points at which a process might be killed, counted, so that a test can stop at each of them in turn.

import Glibc
import Synchronization

/// Counts points and ends the process, or whatever stands for it, at one of them.
package final class KillPoints: Sendable {
    /// Thrown at the chosen point and at every later one where `end` throws it.
    package struct Killed: Error, Hashable { package init() {} }

    /// The point to end at; both count from 1.
    package enum Choice: Hashable, Sendable {
        case number(Int)
        /// The so-many-th point of a name: where points come in another order from run to run.
        case name(String, occurrence: Int)
    }

    private struct State {
        var passed = 0
        var isDead = false
        var names: [String] = []
        var occurrences: [String: Int] = [:]
    }

    private let chosen: Choice?
    private let end: @Sendable () throws -> Void
    private let onPass: @Sendable (_ name: String, _ occurrence: Int) -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - chosen: the point to end at; `nil` only counts.
    ///   - onPass: is told of each point before it is passed.
    ///   - end: ends the process. What it throws instead is thrown at the point; when that is `Killed`, nothing works
    ///     any more afterwards, as for a process that is gone.
    package init(
        at chosen: Choice?, onPass: @escaping @Sendable (_ name: String, _ occurrence: Int) -> Void = { _, _ in },
        end: @escaping @Sendable () throws -> Void = { kill(getpid(), SIGKILL) }
    ) {
        self.chosen = chosen
        self.onPass = onPass
        self.end = end
    }

    /// By its number.
    package convenience init(
        at number: Int, end: @escaping @Sendable () throws -> Void = { kill(getpid(), SIGKILL) }
    ) {
        self.init(at: .number(number), end: end)
    }

    /// Passes a point. `first` leaves what a death in the middle of it leaves.
    package func pass(_ name: String, first: () throws -> Void = {}) throws {
        let isHere = try state.withLock { state in
            if state.isDead { throw Killed() }
            state.passed += 1
            state.names.append(name)
            state.occurrences[name, default: 0] += 1
            let occurrence = state.occurrences[name, default: 0]
            onPass(name, occurrence)
            switch chosen {
            case .number(let number): return state.passed == number
            case .name(let wanted, let which): return name == wanted && occurrence == which
            case nil: return false
            }
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
