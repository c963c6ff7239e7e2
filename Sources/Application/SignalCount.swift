// Counts signals received on any thread.

import Synchronization

final class SignalCount: Sendable {
    private let count = Atomic<Int>(0)

    /// The number of signals including this one.
    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}
