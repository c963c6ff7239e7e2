// Many results that do not depend on each other, on several threads.

import Dispatch
import Foundation
import Synchronization

/// Fills `count` results on up to `threads` threads, each of which takes the next indices that are free. `body` runs
/// once a thread and gives the loop the function from index to result, so that it may hold a buffer of its own.
package func threadedMap<Value: Sendable>(
    count: Int, threads: Int, _ body: @Sendable (_ loop: ((Int) -> Value) -> Void) -> Void
) -> [Value] {
    guard count > 0 else { return [] }
    let next = Atomic<Int>(0)
    let lanes = max(1, min(threads, count))
    // Each thread takes a run of indices at once, short enough that none waits long for the others in the end.
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

/// The same for small work: a thread more for each `atLeast` results, up to one a core.
package func threadedMap<Value: Sendable>(
    count: Int, atLeast: Int, _ value: @escaping @Sendable (Int) -> Value
) -> [Value] {
    let threads = min(ProcessInfo.processInfo.activeProcessorCount, 1 + count / atLeast)
    return threadedMap(count: count, threads: threads) { loop in loop(value) }
}
