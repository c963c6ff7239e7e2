// Threads for tasks that start programs and wait for them, so that the next program starts without waking another
// thread.

// In a release build `sigset_t` counts as a type of CCurl: curl's headers declare it before Glibc's do.
import CCurl
import Foundation
import Glibc
import Synchronization

/// A task executor for tasks that wait for programs. Waiting for a program blocks a thread, which the cooperative pool
/// must not do. A task that becomes ready on one of these threads runs on it next, without another thread being woken;
/// with hundreds of short programs, waking would take a significant part of the time.
///
/// Use it with `withTaskExecutorPreference`, and with more threads than programs that run at once.
package final class ProgramThreads: TaskExecutor {
    /// The state that the threads share, protected by the lock of its condition.
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

        /// Wakes a thread if one is idle and there are jobs.
        func wake() { if !isEmpty, idle > 0 { condition.signal() } }

        /// Runs jobs until the queue is closed and empty.
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

    /// The queue of each thread of an executor.
    private static let queues = Mutex<[pthread_t: Queue]>([:])
    private static var queueOfThisThread: Queue? { queues.withLock { $0[pthread_self()] } }

    private let queue = Queue()

    /// - Parameter count: the number of threads, at least 1; they run until `close`.
    package init(count: Int) {
        for _ in 0..<max(1, count) {
            let thread = Thread { [queue, self] in
                let this = pthread_self()
                ProgramThreads.queues.withLock { $0[this] = queue }
                // If every thread except the main one blocked this signal, each program's end would wake the main
                // thread.
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

    /// Queues a job; wakes a thread only if the caller is not one of these threads.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let isOurs = ProgramThreads.queueOfThisThread === queue
        queue.condition.withLock {
            queue.jobs.append(job)
            // The calling thread takes the job when its current job ends or waits.
            if !isOurs { queue.wake() }
        }
    }

    /// Ends the threads once they have no jobs.
    package func close() {
        queue.condition.withLock {
            queue.isClosed = true
            queue.condition.broadcast()
        }
    }

    /// Announces that the calling thread, if it is one of these, will be busy for a while, so that another thread
    /// takes the jobs that are ready.
    package static func markThreadBusy() { _ = mayWaitHere() }

    /// Whether the calling thread may block. If so, another thread is woken to take the jobs that are ready.
    static func mayWaitHere() -> Bool {
        guard let queue = queueOfThisThread else { return false }
        queue.condition.withLock { queue.wake() }
        return true
    }
}
