// File metadata that is available without reading the file.

import Basics
import Glibc

/// The kind, size, times and identity of a file.
package struct FileStatus: Hashable, Sendable {
    /// The file type of `stat(2)`; `device` is a character or block device.
    package enum Kind: UInt8, Sendable, Hashable { case file, folder, link, pipe, socket, device, other }

    /// The type of the file; never `link` if links were followed.
    package var kind: Kind
    /// The size in bytes.
    package var size: Int64
    /// The modification time in nanoseconds since 1970.
    package var modified: Int64
    /// The time of the last change to content or metadata, in nanoseconds since 1970.
    package var changed: Int64
    /// The inode number, which identifies the file within its device.
    package var inode: UInt64
    /// The id of the device that holds the file.
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

    /// A file's time can be set to a year beyond the range of 64-bit nanoseconds.
    private static func nanoseconds(_ time: timespec) -> Int64 {
        Int64(time.tv_sec).saturatingMultiplied(by: 1_000_000_000).saturatingAdding(Int64(time.tv_nsec))
    }
}
