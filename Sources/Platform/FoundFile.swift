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
    var folders = 0
    try walk(folder, above: [status.inode], folders: &folders, into: &found)
    return found
}

/// Deeper than any layout of images: every level holds a descriptor and a part of the stack.
private let deepestFolder = 64
/// More than any dataset has. Links between folders that contain each other make paths without end.
private let mostFolders = 1_000_000

/// - Parameters:
///   - above: the folders being walked, so that a link to one of them is not followed in a circle.
///   - folders: how many were walked before.
private func walk(
    _ folder: String, above: [UInt64], folders: inout Int, into found: inout [FoundFile]
) throws {
    folders += 1
    guard above.count <= deepestFolder, folders <= mostFolders else {
        throw FileError("list", folder, errno: ELOOP)
    }
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
            try walk(path, above: above + [status.inode], folders: &folders, into: &found)
        default: continue
        }
    }
}
