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
    guard try LocalFileSystem().status(folder)?.kind == .folder else { throw FileError.missing(path: folder) }
    var found: [FoundFile] = []
    // The folders being walked, so that a link to one of them is not followed in a circle.
    func walk(_ folder: String, above: [UInt64]) throws {
        for name in try LocalFileSystem().list(folder) where !name.hasPrefix(".") {
            let path = folder + "/" + name
            // A link to nowhere is no file.
            guard let status = try LocalFileSystem().status(path) else { continue }
            switch status.kind {
            case .file: found.append(FoundFile(path: path, status: status))
            case .folder where !above.contains(status.inode): try walk(path, above: above + [status.inode])
            default: continue
            }
        }
    }
    try walk(folder, above: [])
    return found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
}
