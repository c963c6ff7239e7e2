// A lock between processes, held through a file and given up by the kernel when its holder dies.

import Basics
import Glibc

/// An exclusive lock: `flock(2)` on a file of its own, which goes away when the lock is given up, or one byte of a file
/// that many locks share (`ByteLocks`).
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
            // Whoever opened the file before this line finds a file that has no name, and tries again.
            unlink(file.path)
            file.close()
        case .byte(let byte, let locks): locks.release(byte)
        }
    }

    /// Takes the lock of a byte of a shared file if nobody holds it.
    package static func tryAcquire(byte: UInt64, of locks: ByteLocks) throws -> FileLock? {
        try locks.tryTake(byte) ? FileLock(.byte(byte, locks)) : nil
    }

    /// Takes the lock if nobody holds it.
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

    /// Waits for the lock; throws `CancellationError` when the task is cancelled. `waiting` is told once if
    /// somebody else holds it.
    package static func acquire(_ path: String, waiting: () -> Void = {}) async throws -> FileLock {
        try await acquire(waiting: waiting) { try tryAcquire(path) }
    }

    /// Waits for the lock of a byte of a shared file, as for a lock with a file of its own.
    package static func acquire(
        byte: UInt64, of locks: ByteLocks, waiting: () -> Void = {}
    ) async throws -> FileLock {
        try await acquire(waiting: waiting) { try tryAcquire(byte: byte, of: locks) }
    }

    private static func acquire(
        waiting: () -> Void, _ attempt: () throws -> FileLock?
    ) async throws -> FileLock {
        var pause = 2
        var told = false
        while true {
            if let lock = try attempt() { return lock }
            if !told {
                waiting()
                told = true
            }
            try await Task.sleep(for: .milliseconds(pause))
            pause = min(pause * 2, 200)
        }
    }
}
