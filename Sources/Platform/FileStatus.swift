// What the file system knows of a file without reading it.

import Glibc

/// Kind, size, times and identity of a file.
package struct FileStatus: Hashable, Sendable {
    package enum Kind: UInt8, Sendable, Hashable { case file, folder, link, other }

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
            default: .other
            }
        size = Int64(status.st_size)
        modified = Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)
        changed = Int64(status.st_ctim.tv_sec) * 1_000_000_000 + Int64(status.st_ctim.tv_nsec)
        inode = UInt64(status.st_ino)
        device = UInt64(status.st_dev)
    }
}
