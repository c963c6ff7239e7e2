// A lock between processes, held through a file and given up by the kernel when its holder dies.

import Basics
import Glibc

/// An exclusive `flock(2)` on a file of its own. The file goes away when the lock is given up.
package final class FileLock: Sendable {
    private let file: OpenFile

    private init(file: OpenFile) { self.file = file }

    deinit {
        // Whoever opened the file before this line finds a file that has no name, and tries again.
        unlink(file.path)
        file.close()
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
                return FileLock(file: file)
            }
            file.close()
        }
    }

    /// Waits for the lock; throws `CancellationError` when the task is cancelled. `waiting` is told once if
    /// somebody else holds it.
    package static func acquire(_ path: String, waiting: () -> Void = {}) async throws -> FileLock {
        var pause = 2
        var told = false
        while true {
            if let lock = try tryAcquire(path) { return lock }
            if !told {
                waiting()
                told = true
            }
            try await Task.sleep(for: .milliseconds(pause))
            pause = min(pause * 2, 200)
        }
    }
}
