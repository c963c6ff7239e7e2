// Locks for thousands of resources: each is one byte of a shared file, held through one descriptor.

import Basics
import Glibc
import Synchronization

/// Byte-range locks on one file. A lock file per resource would cost the file system more than the lock itself, and a
/// descriptor per lock would exhaust those of the process. The descriptor is open while any lock is held.
package final class ByteLocks: Sendable {
    private struct State {
        var file: OpenFile?
        var held: Set<Int> = []
    }

    private let path: String
    private let state = Mutex(State())

    /// - Parameter path: the shared file, which is created when the first lock is taken and stays afterwards.
    package init(path: String) { self.path = path }

    /// `F_OFD_SETLK` of `fcntl(2)` on Linux. The open file owns the lock, not the process, so two `ByteLocks` in one
    /// process also exclude each other. Within one `ByteLocks`, `held` does that.
    private static let setOpenFileLock: Int32 = 37

    /// Takes a lock if it is free; `release` releases it. Returns whether it was taken.
    func tryTake(_ byte: UInt64) throws -> Bool {
        let place = Int(byte >> 2)
        return try state.withLock { state in
            guard !state.held.contains(place) else { return false }
            let file = try state.file ?? OpenFile(path, O_RDWR | O_CREAT)
            state.file = file
            let code = ByteLocks.set(F_WRLCK, at: place, of: file)
            guard code == 0 else {
                closeIfUnused(&state)
                if code == EAGAIN || code == EACCES { return false }
                throw FileError("lock", path, errno: code)
            }
            state.held.insert(place)
            return true
        }
    }

    /// Releases a lock.
    func release(_ byte: UInt64) {
        let place = Int(byte >> 2)
        state.withLock { state in
            state.held.remove(place)
            // Closing the file releases all of its locks.
            if let file = state.file, !state.held.isEmpty { _ = ByteLocks.set(F_UNLCK, at: place, of: file) }
            closeIfUnused(&state)
        }
    }

    private func closeIfUnused(_ state: inout State) {
        guard state.held.isEmpty else { return }
        state.file?.close()
        state.file = nil
    }

    /// Locks or unlocks one byte; returns 0 or the `errno`.
    private static func set(_ kind: Int32, at place: Int, of file: OpenFile) -> Int32 {
        var range = Glibc.flock()
        range.l_type = Int16(kind)
        range.l_whence = Int16(SEEK_SET)
        range.l_start = place
        range.l_len = 1
        while fcntl(file.descriptor, setOpenFileLock, &range) != 0 {
            if errno != EINTR { return errno }
        }
        return 0
    }

    deinit { state.withLock { $0.file?.close() } }
}
