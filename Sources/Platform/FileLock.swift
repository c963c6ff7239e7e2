// A lock between processes, held through a file and given up by the kernel when its holder dies.

import Basics
import Glibc

/// An exclusive lock: `flock(2)` on a file of its own, which goes away when the lock is given up, or one byte of a file
/// that many locks share.
package final class FileLock: Sendable {
    private let file: OpenFile
    private let isShared: Bool

    private init(file: OpenFile, isShared: Bool) {
        self.file = file
        self.isShared = isShared
    }

    deinit {
        // Whoever opened the file before this line finds a file that has no name, and tries again.
        if !isShared { unlink(file.path) }
        file.close()
    }

    /// `F_OFD_SETLK` of `fcntl(2)` on Linux: the lock is the open file's, not the process's, so that two of one process
    /// exclude each other too.
    private static let setOpenFileLock: Int32 = 37

    /// Takes the lock of a byte of a shared file if nobody holds it. For locks that are taken by the thousand: a file of
    /// its own for each, made and removed, costs a file system more than the lock.
    package static func tryAcquire(byte: UInt64, of path: String) throws -> FileLock? {
        let file = try OpenFile(path, O_RDWR | O_CREAT)
        var range = Glibc.flock()
        range.l_type = Int16(F_WRLCK)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = Int(byte >> 2)
        range.l_len = 1
        while fcntl(file.descriptor, setOpenFileLock, &range) != 0 {
            let code = errno
            if code == EINTR { continue }
            file.close()
            if code == EAGAIN || code == EACCES { return nil }
            throw FileError("lock", path, errno: code)
        }
        return FileLock(file: file, isShared: true)
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
                return FileLock(file: file, isShared: false)
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
        byte: UInt64, of path: String, waiting: () -> Void = {}
    ) async throws -> FileLock {
        try await acquire(waiting: waiting) { try tryAcquire(byte: byte, of: path) }
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
