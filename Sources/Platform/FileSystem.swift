// The file operations that must survive a crash: a small interface in which a process may die before or during each
// operation.

package import Foundation

/// The file operations of the store. Paths are absolute or relative to the working folder. Every operation that
/// changes something is a point at which the process may be killed; tests stop at each of them in turn.
package protocol FileSystem: Sendable {
    /// The content of a file.
    /// - Throws: `FileError.missing` if there is no file.
    func read(_ path: String) throws -> Data
    /// The metadata of a file, with links followed; `nil` if there is no file.
    func status(_ path: String) throws -> FileStatus?
    /// The names in a folder, unordered and without `.` and `..`; empty if there is no folder.
    func list(_ folder: String) throws -> [String]

    /// Creates a file with these bytes; with `sync`, waits until they are on disk. A kill may leave any prefix of
    /// them.
    /// - Throws: `FileError.exists` if the file exists.
    func create(_ path: String, _ bytes: Data, sync: Bool) throws
    /// Copies a file's content to a new file, by reference if the file system supports it.
    func copy(_ source: String, to path: String, sync: Bool) throws
    /// Appends bytes to a file in one write, creating the file if needed. A kill may leave any prefix of them.
    func append(_ path: String, _ bytes: Data, sync: Bool) throws
    /// Truncates a file to its first `size` bytes.
    func truncate(_ path: String, to size: Int64) throws
    /// Atomically moves a file to a path, replacing the file there.
    func rename(_ source: String, to path: String) throws
    /// Waits until a file's content, or a folder's names, are on disk.
    func sync(_ path: String) throws
    /// Creates a folder and its missing parents; no error if it exists.
    func makeFolder(_ path: String) throws
    /// Removes a file or an empty folder; no error if there is none.
    func remove(_ path: String) throws
    /// Sets a file's permission bits.
    func setPermissions(_ path: String, _ mode: UInt32) throws
    /// Sets a file's modification time to now.
    func touch(_ path: String) throws
}

extension FileSystem {
    /// Replaces a file so that a reader finds either the old or the new content, even if this process dies: writes a
    /// temporary file next to it and renames it. With `durable` the content and the name are on disk on return.
    package func replace(_ path: String, with bytes: Data, durable: Bool) throws {
        let temporary = temporaryName(beside: path)
        do {
            try create(temporary, bytes, sync: durable)
            try rename(temporary, to: path)
        } catch {
            try? remove(temporary)
            // The name of the temporary file says nothing to the user.
            if let error = error as? FileError, error.path == temporary { throw error.whenWriting(path) }
            throw error
        }
        if durable { try sync(folder(of: path)) }
    }

    /// Waits until the name of a file or folder and those of all its parents are on disk, because a name is lost if
    /// that of its folder is lost. Parents that cannot be opened were not created by this program and are skipped.
    package func syncNames(to path: String) throws {
        var above = folder(of: path)
        try sync(above)
        while above != ".", above != "/" {
            above = folder(of: above)
            do {
                try sync(above)
            } catch FileError.failed(_, _, errno: let code) where [EACCES, EPERM, EINVAL, EROFS].contains(code) {
                return
            }
        }
    }

    /// Whether a file or folder exists at the path, with links followed.
    package func exists(_ path: String) -> Bool { ((try? status(path)) ?? nil) != nil }

    /// Removes a folder and its contents; links are removed, not followed.
    package func removeTree(_ path: String) throws {
        if LocalFileSystem().isLink(path) != true { try removeAll(in: path) }
        try remove(path)
    }

    /// Removes the contents of a folder; links are not followed, because they may lead anywhere.
    package func removeAll(in path: String) throws {
        guard LocalFileSystem().isLink(path) != true else { throw FileError.failed(operation: "empty", path: path, errno: ELOOP) }
        for name in try list(path) {
            let inner = path + "/" + name
            do {
                try remove(inner)
            } catch FileError.exists {
                try removeTree(inner)
            }
        }
    }
}

/// The path without its last component; `.` if it has only one.
package func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// A unique name in the same folder: `.tmp-…`.
package func temporaryName(beside path: String) -> String {
    folder(of: path) + "/.tmp-" + String(UInt64.random(in: .min ... .max), radix: 16)
}
