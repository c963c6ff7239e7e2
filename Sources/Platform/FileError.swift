// Errors of file operations, by path and `errno`.

import Glibc

/// A failed file operation.
package enum FileError: Error, Hashable, Sendable {
    /// There is no file at the path.
    case missing(path: String)
    /// A file already exists at the path.
    case exists(path: String)
    /// The disk is full, or the quota is exhausted.
    case diskFull(path: String)
    /// The path names a pipe, socket or device, which has no fixed content.
    case notRegular(path: String, kind: FileStatus.Kind)
    /// The path to be written is a symbolic link, whose target may belong to anyone.
    case linked(path: String)
    /// The file is larger than this use allows; sizes in bytes.
    case tooLarge(path: String, bytes: Int64, limit: Int64)
    /// Any other error: the operation and its `errno`.
    case failed(operation: String, path: String, errno: Int32)

    /// The error for an `errno`, by default the current one.
    package init(_ operation: String, _ path: String, errno code: Int32 = errno) {
        switch code {
        case ENOENT, ENOTDIR: self = .missing(path: path)
        case EEXIST, ENOTEMPTY: self = .exists(path: path)
        case ENOSPC, EDQUOT: self = .diskFull(path: path)
        default: self = .failed(operation: operation, path: path, errno: code)
        }
    }

    /// The error of a temporary file as that of the file that it would have replaced. A temporary file that is missing
    /// lacks a folder.
    package func whenWriting(_ path: String) -> FileError {
        switch self {
        case .missing: .missing(path: folder(of: path))
        case .exists: .exists(path: path)
        case .diskFull: .diskFull(path: path)
        case .notRegular(_, let kind): .notRegular(path: path, kind: kind)
        case .linked: .linked(path: path)
        case .tooLarge(_, let bytes, let limit): .tooLarge(path: path, bytes: bytes, limit: limit)
        case .failed(_, _, let code): .failed(operation: "write", path: path, errno: code)
        }
    }

    /// The path that the operation failed for.
    package var path: String {
        switch self {
        case .missing(let path), .exists(let path), .diskFull(let path), .linked(let path), .notRegular(let path, _),
            .tooLarge(let path, _, _), .failed(_, let path, _):
            path
        }
    }
}
