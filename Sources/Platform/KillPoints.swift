// Counts the points at which a process might be killed, so that a test can stop at each of them in turn.

import Glibc
import Synchronization

/// Counts kill points and ends the process, or simulates that, at one of them.
package final class KillPoints: Sendable {
    /// Thrown at the chosen point and at every later one if `end` throws it.
    package struct Killed: Error, Hashable { package init() {} }

    /// The point at which to end. Numbers and occurrences count from 1.
    package enum Choice: Hashable, Sendable {
        case number(Int)
        /// The n-th occurrence of a name, for points whose order varies between runs.
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
    ///   - chosen: the point at which to end; `nil` only counts.
    ///   - onPass: called with the name and occurrence of each point before it is passed.
    ///   - end: ends the process. An error that it throws instead is thrown at the point; after `Killed`, every later
    ///     point and read fails too, as for a dead process.
    package init(
        at chosen: Choice?, onPass: @escaping @Sendable (_ name: String, _ occurrence: Int) -> Void = { _, _ in },
        end: @escaping @Sendable () throws -> Void = { kill(getpid(), SIGKILL) }
    ) {
        self.chosen = chosen
        self.onPass = onPass
        self.end = end
    }

    /// Chooses the point by its number, counted from 1 over all names.
    package convenience init(
        at number: Int, end: @escaping @Sendable () throws -> Void = { kill(getpid(), SIGKILL) }
    ) {
        self.init(at: .number(number), end: end)
    }

    /// Passes a point. `first` produces the partial state that a kill in the middle of the operation leaves.
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
        // If the operation cannot begin, it leaves nothing.
        try? first()
        do {
            try end()
        } catch let error as Killed {
            state.withLock { $0.isDead = true }
            throw error
        }
    }

    /// Throws `Killed` if the process was killed in simulation.
    package func checkAlive() throws {
        if state.withLock({ $0.isDead }) { throw Killed() }
    }

    /// The names of the points passed so far, in order.
    package var names: [String] { state.withLock { $0.names } }
}
