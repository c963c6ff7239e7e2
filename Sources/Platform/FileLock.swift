// A lock between processes, held through a file; the kernel releases it when its holder dies.

import Basics
import Glibc

/// An exclusive lock: `flock(2)` on a separate file, which is deleted on release, or one byte of a shared file
/// (`ByteLocks`). The lock is released when the object is deallocated.
package final class FileLock: Sendable {
    private enum Hold {
        case file(OpenFile)
        case byte(UInt64, ByteLocks)
    }

    private let hold: Hold

    private init(_ hold: Hold) { self.hold = hold }

    deinit {
        switch hold {
        case .file(let file):
            // A process that opened the file before this line finds it unlinked, and tries again.
            unlink(file.path)
            file.close()
        case .byte(let byte, let locks): locks.release(byte)
        }
    }

    /// Takes the lock on a byte of a shared file; `nil` if it is held elsewhere.
    package static func tryAcquire(byte: UInt64, of locks: ByteLocks) throws -> FileLock? {
        try locks.tryTake(byte) ? FileLock(.byte(byte, locks)) : nil
    }

    /// Takes the lock, creating its file; `nil` if it is held elsewhere.
    package static func tryAcquire(_ path: String) throws -> FileLock? {
        while true {
            let file = try OpenFile(path, O_RDWR | O_CREAT)
            guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
                let code = errno
                file.close()
                if code == EINTR { continue }
                if code == EWOULDBLOCK { return nil }
                throw FileError("lock", path, errno: code)
            }
            var named = stat()
            if stat(path, &named) == 0, UInt64(named.st_ino) == (try file.status().inode) {
                return FileLock(.file(file))
            }
            file.close()
        }
    }

    /// Waits for the lock, polling at least every 200 ms. Calls `waiting` once if the lock is held elsewhere.
    /// - Throws: `CancellationError` if the task is cancelled; `FileError`.
    package static func acquire(_ path: String, waiting: () -> Void = {}) async throws -> FileLock {
        try await acquire(waiting: waiting) { try tryAcquire(path) }
    }

    /// Waits for the lock on a byte of a shared file, like `acquire(_:waiting:)`.
    package static func acquire(
        byte: UInt64, of locks: ByteLocks, waiting: () -> Void = {}
    ) async throws -> FileLock {
        try await acquire(waiting: waiting) { try tryAcquire(byte: byte, of: locks) }
    }

    private static func acquire(
        waiting: () -> Void, _ attempt: () throws -> FileLock?
    ) async throws -> FileLock {
        var pause = 2
        var isReported = false
        while true {
            if let lock = try attempt() { return lock }
            if !isReported {
                waiting()
                isReported = true
            }
            try await Task.sleep(for: .milliseconds(pause))
            pause = min(pause * 2, 200)
        }
    }
}
