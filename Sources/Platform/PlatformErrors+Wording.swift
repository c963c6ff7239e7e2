// The messages of errors of files, archives and child processes.

import Foundation
import Glibc

extension FileError: CustomStringConvertible {
    /// The message with the path.
    package var description: String {
        switch self {
        case .missing(let path): "\(path): no such file or folder"
        case .exists(let path): "\(path): already exists"
        case .diskFull(let path): "\(path): the disk is full"
        case .linked(let path): "cannot write \(path): \(reason)"
        case .notRegular(let path, _), .tooLarge(let path, _, _): "cannot read \(path): \(reason)"
        case .failed(let operation, let path, let code):
            "cannot \(operation) \(path): \(String(cString: strerror(code)))"
        }
    }
}

extension FileError {
    /// The message without the path, for callers that name the path themselves.
    package var reason: String {
        switch self {
        case .missing: "no such file or folder"
        case .exists: "already exists"
        case .diskFull: "the disk is full"
        case .linked: "it is a symbolic link, and Assay does not write through links: remove it"
        case .notRegular(_, let kind): "it is \(kind.phrase), not a regular file"
        case .tooLarge(_, let bytes, let limit):
            "it has \(bytes.formatted(.number.locale(Locale(identifier: "en_US")))) bytes, and at most "
                + "\(limit.formatted(.number.locale(Locale(identifier: "en_US")))) are read"
        case .failed(_, _, let code): String(cString: strerror(code))
        }
    }
}

extension FileStatus.Kind {
    fileprivate var phrase: String {
        switch self {
        case .file: "a file"
        case .folder: "a folder"
        case .link: "a symbolic link"
        case .pipe: "a named pipe"
        case .socket: "a socket"
        case .device: "a device"
        case .other: "a special file"
        }
    }
}

extension FileError {
    /// A disk-full error of Foundation; `nil` for other errors.
    package init?(fullDisk error: any Error) {
        let error = error as NSError
        let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError ?? error
        guard
            error.domain == NSCocoaErrorDomain && error.code == CocoaError.fileWriteOutOfSpace.rawValue
                || cause.domain == NSPOSIXErrorDomain && cause.code == Int(ENOSPC)
        else { return nil }
        self = .diskFull(path: error.userInfo[NSFilePathErrorKey] as? String ?? "a file")
    }
}

extension ArchiveError: CustomStringConvertible {
    /// The message with the path of the archive and, if known, the entry.
    package var description: String {
        switch self {
        case .unreadable(let archive, let reason):
            "\(archive) is not a tar, tar.gz or zip archive that can be read: \(reason)"
        case .damaged(let archive, let entry, let reason):
            "\(archive) is damaged at or after \(entry ?? "its start"): \(reason)"
        case .encrypted(let archive, let entry):
            "\(archive) is encrypted (its entry '\(entry.prefix(200))'); unpack it with the password and name the folder"
        case .unsafeEntry(let archive, let entry):
            "\(archive) has an entry outside of its folder: \(entry.prefix(200))\(entry.count > 200 ? "…" : "")"
        case .nameNotText(let archive, let entry, let number, let last):
            "\(archive): the name of entry \(number)\(entry.map { " ('\($0)')" } ?? "")"
                + "\(last.map { ", after '\($0)'," } ?? "") is not UTF-8. "
                + "Pack the archive again with UTF-8 names, or unpack it and name the folder"
        case .tooLarge(let archive, let entry):
            "\(archive) unpacks to a suspicious size, at \(entry)"
        case .nestedCompression(let archive):
            "\(archive) is compressed more than once; unpack it, or compress it once"
        }
    }
}

extension ExitStatus: CustomStringConvertible {
    /// A phrase such as `exit code 1` or `signal 9`.
    package var description: String {
        switch self {
        case .exited(let code): "exit code \(code)"
        case .signalled(let signal): "signal \(signal)"
        }
    }
}

extension ChildProcessError: CustomStringConvertible {
    /// The message with the program's name and, if it has ended, the end of its standard error.
    package var description: String {
        switch self {
        case .programNotFound(let program): "the program \(program) was not found or is not executable"
        case .launchFailed(let program, let reason): "\(program) could not be started: \(reason)"
        case .outputTooLong(let program, let limit): "\(program) wrote more than the \(limit) bytes allowed"
        case .ended(let program, let status, let errorTail):
            "\(program) ended with \(status)" + (errorTail.isEmpty ? "" : ":\n\(errorTail)")
        }
    }
}
