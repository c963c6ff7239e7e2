// Locks that are taken by the thousand: the bytes of one file, held through one descriptor.

import Basics
import Glibc
import Synchronization

/// The locks of one file, a byte each. A file of its own for each lock, made and removed, costs a file system more than
/// the lock, and a descriptor of its own for each would use up those of the process. The descriptor is open while any of
/// the locks is held.
package final class ByteLocks: Sendable {
    private struct State {
        var file: OpenFile?
        var held: Set<Int> = []
    }

    private let path: String
    private let state = Mutex(State())

    package init(path: String) { self.path = path }

    /// `F_OFD_SETLK` of `fcntl(2)` on Linux: the lock is the open file's, not the process's, so that two `ByteLocks` of
    /// one process exclude each other too. Within one, `held` does that.
    private static let setOpenFileLock: Int32 = 37

    /// Takes a lock if nobody holds it; `release` gives it up.
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

    /// Gives up a lock that was taken.
    func release(_ byte: UInt64) {
        let place = Int(byte >> 2)
        state.withLock { state in
            state.held.remove(place)
            // Closing the file gives up all of its locks.
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
