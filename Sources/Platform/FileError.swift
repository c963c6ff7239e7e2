// What goes wrong with a file, by path and errno.

import Glibc

/// A failed file operation.
package enum FileError: Error, Hashable, Sendable {
    /// Nothing is at the path.
    case missing(path: String)
    /// Something is at the path already.
    case exists(path: String)
    /// No room left on the disk, or the quota is used up.
    case diskFull(path: String)
    /// Something at the path that has no fixed content: a pipe, a socket or a device.
    case notRegular(path: String, kind: FileStatus.Kind)
    /// A symbolic link where a file would be written: what it leads to may be anybody's.
    case linked(path: String)
    /// The file has more bytes than this use of it allows.
    case tooLarge(path: String, bytes: Int64, limit: Int64)
    /// Anything else: the operation and its `errno`.
    case failed(operation: String, path: String, errno: Int32)

    /// The error for the current `errno`.
    package init(_ operation: String, _ path: String, errno code: Int32 = errno) {
        switch code {
        case ENOENT, ENOTDIR: self = .missing(path: path)
        case EEXIST, ENOTEMPTY: self = .exists(path: path)
        case ENOSPC, EDQUOT: self = .diskFull(path: path)
        default: self = .failed(operation: operation, path: path, errno: code)
        }
    }

    /// The path concerned.
    package var path: String {
        switch self {
        case .missing(let path), .exists(let path), .diskFull(let path), .linked(let path), .notRegular(let path, _),
            .tooLarge(let path, _, _), .failed(_, let path, _):
            path
        }
    }
}
