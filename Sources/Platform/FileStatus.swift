// What the file system knows of a file without reading it.

import Basics
import Glibc

/// Kind, size, times and identity of a file.
package struct FileStatus: Hashable, Sendable {
    package enum Kind: UInt8, Sendable, Hashable { case file, folder, link, pipe, socket, device, other }

    package var kind: Kind
    /// Bytes.
    package var size: Int64
    /// Nanoseconds since 1970.
    package var modified: Int64
    /// Nanoseconds since 1970 of the last change to the file's bytes or to what is known of it.
    package var changed: Int64
    package var inode: UInt64
    package var device: UInt64

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            case S_IFLNK: .link
            case S_IFIFO: .pipe
            case S_IFSOCK: .socket
            case S_IFCHR, S_IFBLK: .device
            default: .other
            }
        size = Int64(status.st_size)
        modified = FileStatus.nanoseconds(status.st_mtim)
        changed = FileStatus.nanoseconds(status.st_ctim)
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
    }

    /// Anybody may set a file's time to a year beyond what 64 bits of nanoseconds hold.
    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec).saturatingMultiplied(by: 1_000_000_000).saturatingAdding(Int64(time.tv_nsec))
    }
}
