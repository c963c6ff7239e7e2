// Threads that tasks run on which start programs and wait for them: from one's end to the next one's start no other wakes.

import Foundation
import Glibc
import Synchronization

/// Threads for tasks that wait for programs. A thread that waits for a program is blocked, which the threads of other
/// tasks must not be; and a task that one of these threads makes ready runs on it next, without another being woken. Where
/// hundreds of short programs follow each other, that waking would be a good part of the time.
///
/// To be used with `withTaskExecutorPreference`, and with more threads than programs that run at once.
package final class ProgramThreads: TaskExecutor {
    /// What the threads share, all of it under the lock of its condition.
    private final class Queue: @unchecked Sendable {
        let condition = NSCondition()
        var jobs: [UnownedJob] = []
        var head = 0
        var idle = 0
        var isClosed = false

        var isEmpty: Bool { head == jobs.count }

        func take() -> UnownedJob {
            defer {
                head += 1
                if isEmpty {
                    jobs.removeAll(keepingCapacity: true)
                    head = 0
                }
            }
            return jobs[head]
        }

        /// Wakes a thread when there is one without work, and work.
        func wake() { if !isEmpty, idle > 0 { condition.signal() } }

        /// Runs jobs until the queue is closed.
        func work(_ run: (UnownedJob) -> Void) {
            condition.lock()
            while true {
                while isEmpty, !isClosed {
                    idle += 1
                    condition.wait()
                    idle -= 1
                }
                guard !isEmpty else { break }
                let job = take()
                wake()
                condition.unlock()
                run(job)
                condition.lock()
            }
            condition.unlock()
        }
    }

    /// The queues of such threads, by thread.
    private static let queues = Mutex<[pthread_t: Queue]>([:])
    private static var queueOfThisThread: Queue? { queues.withLock { $0[pthread_self()] } }

    private let queue = Queue()

    package init(count: Int) {
        for _ in 0..<max(1, count) {
            let thread = Thread { [queue, self] in
                let this = pthread_self()
                ProgramThreads.queues.withLock { $0[this] = queue }
                // Where all threads but the main one block this signal, each program's end would wake that.
                var ends = sigset_t()
                sigemptyset(&ends)
                sigaddset(&ends, SIGCHLD)
                pthread_sigmask(SIG_UNBLOCK, &ends, nil)
                queue.work { $0.runSynchronously(on: asUnownedTaskExecutor()) }
                ProgramThreads.queues.withLock { $0[this] = nil }
            }
            thread.stackSize = 8 << 20
            thread.start()
        }
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isOurs = ProgramThreads.queueOfThisThread === queue
        queue.condition.withLock {
            queue.jobs.append(job)
            // One of these threads comes to it when the job that it runs now ends or waits.
            if !isOurs { queue.wake() }
        }
    }

    /// Ends the threads once they have no work any more.
    package func close() {
        queue.condition.withLock {
            queue.isClosed = true
            queue.condition.broadcast()
        }
    }

    /// Says that the calling thread, where it is one of these, will be busy for a while: what is ready beside its task is
    /// another one's work.
    package static func willBeBusy() { _ = mayWaitHere() }

    /// Whether the calling thread is one that may wait. What else it would have done, another one does then.
    static func mayWaitHere() -> Bool {
        guard let queue = queueOfThisThread else { return false }
        queue.condition.withLock { queue.wake() }
        return true
    }
}
