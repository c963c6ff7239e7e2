// Computes independent results on several threads.

import Dispatch
import Foundation
import Synchronization

/// Computes `count` results on up to `threads` threads. Each thread repeatedly takes the next free indices. `body`
/// runs once per thread and passes the function from index to result to the loop, so that it can own a buffer.
package func threadedMap<Value: Sendable>(
    count: Int, threads: Int, _ body: @Sendable (_ loop: ((Int) -> Value) -> Void) -> Void
) -> [Value] {
    guard count > 0 else { return [] }
    let next = Atomic<Int>(0)
    let lanes = max(1, min(threads, count))
    // Each thread takes a batch of indices, small enough that the threads finish at about the same time.
    let run = max(1, min(64, count / (lanes * 8)))
    let gathered = Mutex<[[(start: Int, values: [Value])]]>([])
    DispatchQueue.concurrentPerform(iterations: lanes) { _ in
        var mine: [(start: Int, values: [Value])] = []
        body { value in
            while true {
                let start = next.add(run, ordering: .relaxed).oldValue
                if start >= count { break }
                mine.append((start, (start..<min(start + run, count)).map(value)))
            }
        }
        gathered.withLock { $0.append(mine) }
    }
    return gathered.withLock { $0 }.joined().sorted { $0.start < $1.start }.flatMap(\.values)
}

/// A variant for small work: one thread per `atLeast` results, up to the number of cores.
package func threadedMap<Value: Sendable>(
    count: Int, atLeast: Int, _ value: @escaping @Sendable (Int) -> Value
) -> [Value] {
    let threads = min(ProcessInfo.processInfo.activeProcessorCount, 1 + count / atLeast)
    return threadedMap(count: count, threads: threads) { loop in loop(value) }
}
