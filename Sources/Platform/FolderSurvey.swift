// Lists everything below a folder, including unreadable entries, so that a listing can account for each name.

import Glibc

/// A name below a folder and what it refers to.
package struct SurveyedFile: Hashable, Sendable {
    /// The kind of a name, or the reason why its content is not listed.
    package enum Kind: Hashable, Sendable {
        /// A regular file that this process can read, with links followed.
        case file(FileStatus)
        /// A name that begins with a dot. A hidden folder is one entry; its contents are not listed.
        case hidden
        case brokenLink
        /// A folder that contains only hidden names.
        case emptyFolder
        /// A link to itself, or to a folder that contains it.
        case linkLoop
        /// Neither a file nor a folder: `FIFO`, `socket` or `device`. It is never opened.
        case special(String)
        /// A file or folder that cannot be read, with the system's error message.
        case unreadable(reason: String)
    }

    /// The path relative to the folder, with `/` between components.
    package var path: String
    /// The kind; only a `file` can be read.
    package var kind: Kind

    /// - Parameter path: relative to the surveyed folder.
    package init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }
}

/// Lists everything below a folder, sorted by the bytes of the paths. Links are followed, but not in a cycle.
/// - Throws: `FileError.missing` if there is no folder; `FileError.failed` if the folder itself cannot be listed.
package func survey(below folder: String) throws -> [SurveyedFile] {
    guard let status = try LocalFileSystem().status(folder), status.kind == .folder else {
        throw FileError.missing(path: folder)
    }
    var found: [SurveyedFile] = []
    guard let reason = try list(folder, prefix: "", above: [FolderIdentity(status)], into: &found) else { return found }
    throw FileError("list", folder, errno: reason)
}

private struct FolderIdentity: Hashable {
    var device: UInt64
    var inode: UInt64

    init(_ status: FileStatus) {
        device = status.device
        inode = status.inode
    }
}

/// - Returns: the `errno` if the folder cannot be listed.
private func list(
    _ folder: String, prefix: String, above: [FolderIdentity], into found: inout [SurveyedFile]
) throws -> Int32? {
    guard let stream = opendir(folder) else { return errno }
    defer { closedir(stream) }
    enum Entry {
        case done(SurveyedFile.Kind)
        case folder(FileStatus)
    }
    var entries: [(name: String, sortedAs: [UInt8], entry: Entry)] = []
    while let next = readdir(stream) {
        let (name, entry): (String, Entry?) = withUnsafePointer(to: &next.pointee.d_name) { pointer in
            pointer.withMemoryRebound(to: CChar.self, capacity: 256) { (raw: UnsafePointer<CChar>) -> (String, Entry?) in
                // A name that is not UTF-8 cannot be opened by its text.
                guard let name = String(validatingCString: raw) else {
                    return (String(cString: raw), .done(.unreadable(reason: "its name is not UTF-8 ('convmv' converts names)")))
                }
                return (name, kind(of: raw, in: dirfd(stream)))
            }
        }
        guard let entry else { continue }
        let isFolder = if case .folder = entry { true } else { false }
        // A folder's name is sorted as in the paths of its files, with a trailing slash.
        entries.append((name, Array((isFolder ? name + "/" : name).utf8), entry))
    }
    let isEmpty = entries.allSatisfy { if case .done(.hidden) = $0.entry { true } else { false } }
    if isEmpty, !prefix.isEmpty { found.append(SurveyedFile(path: String(prefix.dropLast()), kind: .emptyFolder)) }
    for (name, _, entry) in entries.sorted(by: { $0.sortedAs.lexicographicallyPrecedes($1.sortedAs) }) {
        let path = prefix + name
        switch entry {
        case .done(let kind): found.append(SurveyedFile(path: path, kind: kind))
        case .folder(let status):
            let identity = FolderIdentity(status)
            if above.contains(identity) {
                found.append(SurveyedFile(path: path, kind: .linkLoop))
            } else if let code = try list(folder + "/" + name, prefix: path + "/", above: above + [identity], into: &found) {
                found.append(SurveyedFile(path: path, kind: .unreadable(reason: String(cString: strerror(code)))))
            }
        }
    }
    return nil

    /// The kind of a name; `nil` for `.`, `..` and names that disappeared while the folder was read.
    func kind(of name: UnsafePointer<CChar>, in descriptor: Int32) -> Entry? {
        if name[0] == CChar(UInt8(ascii: ".")) {
            let isSelf = name[1] == 0 || (name[1] == CChar(UInt8(ascii: ".")) && name[2] == 0)
            return isSelf ? nil : .done(.hidden)
        }
        var status = stat()
        guard fstatat(descriptor, name, &status, 0) == 0 else {
            let code = errno
            if code == ELOOP { return .done(.linkLoop) }
            guard code == ENOENT else { return .done(.unreadable(reason: String(cString: strerror(code)))) }
            return fstatat(descriptor, name, &status, AT_SYMLINK_NOFOLLOW) == 0 ? .done(.brokenLink) : nil
        }
        switch status.st_mode & S_IFMT {
        case S_IFDIR: return .folder(FileStatus(status))
        case S_IFREG:
            guard faccessat(descriptor, name, R_OK, AT_EACCESS) == 0 else {
                return .done(.unreadable(reason: String(cString: strerror(errno))))
            }
            return .done(.file(FileStatus(status)))
        case S_IFIFO: return .done(.special("FIFO"))
        case S_IFSOCK: return .done(.special("socket"))
        default: return .done(.special("device"))
        }
    }
}
