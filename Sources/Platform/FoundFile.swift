// Lists the regular files below a folder.

import Glibc

/// A file that was found below a folder, with its metadata.
package struct FoundFile: Hashable, Sendable {
    /// The path, beginning with that of the searched folder.
    package var path: String
    /// The metadata at the time of the listing, with links followed.
    package var status: FileStatus

    /// For files found by other means than `files(below:)`.
    package init(path: String, status: FileStatus) {
        self.path = path
        self.status = status
    }
}

/// All regular files below a folder, with links followed, sorted by the bytes of their paths, which begin with that
/// of the folder. Names that begin with a dot are skipped.
/// - Throws: `FileError.missing` if there is no folder.
package func files(below folder: String) throws -> [FoundFile] {
    guard let status = try LocalFileSystem().status(folder), status.kind == .folder else {
        throw FileError.missing(path: folder)
    }
    var found: [FoundFile] = []
    var folders = 0
    try walk(folder, above: [status.inode], folders: &folders, into: &found)
    return found
}

/// Deeper than any image folder layout; every level uses a descriptor and stack space.
private let maxFolderDepth = 64
/// More than any dataset has. Folders that link to each other give endlessly many paths.
private let maxFolders = 1_000_000

/// - Parameters:
///   - above: the folders being walked, so that a link to one of them is not followed in a cycle.
///   - folders: the number of folders walked so far.
private func walk(
    _ folder: String, above: [UInt64], folders: inout Int, into found: inout [FoundFile]
) throws {
    folders += 1
    guard above.count <= maxFolderDepth, folders <= maxFolders else {
        throw FileError("list", folder, errno: ELOOP)
    }
    guard let stream = opendir(folder) else {
        if errno == ENOENT { return }
        throw FileError("list", folder)
    }
    defer { closedir(stream) }
    // A folder's name is sorted as in the paths of its files, with a trailing slash.
    var entries: [(name: String, sortedAs: [UInt8], status: FileStatus)] = []
    while let entry = readdir(stream) {
        let found: (String, FileStatus)? = try withUnsafePointer(to: &entry.pointee.d_name) { pointer in
            try pointer.withMemoryRebound(to: CChar.self, capacity: 256) { name in
                guard name[0] != CChar(UInt8(ascii: ".")) else { return nil }
                var status = stat()
                if fstatat(dirfd(stream), name, &status, 0) != 0 {
                    // A dangling link, or a file that has disappeared since.
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
