// Counts signals from whatever thread they come.

import Synchronization

final class SignalCount: Sendable {
    private let count = Atomic<Int>(0)

    /// The number of signals with this one.
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
