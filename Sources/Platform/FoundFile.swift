// The files below a folder.

import Glibc

/// A file and what the file system knows of it.
package struct FoundFile: Hashable, Sendable {
    package var path: String
    package var status: FileStatus

    package init(path: String, status: FileStatus) {
        self.path = path
        self.status = status
    }
}

/// All regular files below a folder, links followed, sorted by the bytes of their paths, which begin with the folder's.
/// Names that begin with a dot are passed over. Throws `FileError.missing` where there is no folder.
package func files(below folder: String) throws -> [FoundFile] {
    guard let status = try LocalFileSystem().status(folder), status.kind == .folder else {
        throw FileError.missing(path: folder)
    }
    var found: [FoundFile] = []
    try walk(folder, above: [status.inode], into: &found)
    return found
}

/// - Parameter above: the folders being walked, so that a link to one of them is not followed in a circle.
private func walk(_ folder: String, above: [UInt64], into found: inout [FoundFile]) throws {
    guard let stream = opendir(folder) else {
        if errno == ENOENT { return }
        throw FileError("list", folder)
    }
    defer { closedir(stream) }
    // A folder's name stands in its files' paths with a slash behind it, and is sorted as it stands there.
    var entries: [(name: String, sortedAs: [UInt8], status: FileStatus)] = []
    while let entry = readdir(stream) {
        let found: (String, FileStatus)? = try withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            try pointer.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                guard name[0] != CChar(UInt8(ascii: ".")) else { return nil }
                var status = stat()
                if fstatat(dirfd(stream), name, &status, 0) != 0 {
                    // A link to nowhere, or what went away since, is no file.
                    if errno == ENOENT { return nil }
                    throw FileError("stat", folder + "/" + String(cString: name))
                }
                return (String(cString: name), FileStatus(status))
            }
        }
        guard let (name, status) = found else { continue }
        entries.append((name, Array((status.kind == .folder ? name + "/" : name).utf8), status))
    }
    for (name, _, status) in entries.sorted(by: { $0.sortedAs.lexicographicallyPrecedes($1.sortedAs) }) {
        let path = folder + "/" + name
        switch status.kind {
        case .file: found.append(FoundFile(path: path, status: status))
        case .folder where !above.contains(status.inode):
            try walk(path, above: above + [status.inode], into: &found)
        default: continue
        }
    }
}
