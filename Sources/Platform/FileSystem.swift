// The seam for what must survive a crash: few operations, each of which a process may die before or in the middle of.

package import Foundation

/// File operations of the store. Paths are absolute or relative to the working folder. Every operation that
/// changes something is one point at which a process may be killed; tests stop at each of them in turn.
package protocol FileSystem: Sendable {
    /// The whole file. Throws `FileError.missing` where there is none.
    func read(_ path: String) throws -> Data
    /// What is known of the file, following links; `nil` where there is none.
    func status(_ path: String) throws -> FileStatus?
    /// The names in a folder, in no order, without `.` and `..`; empty where there is no folder.
    func list(_ folder: String) throws -> [String]

    /// Makes a new file with these bytes, and waits until they are on the disk when `sync` is set. A kill may
    /// leave any beginning of it. Throws `FileError.exists` where there is a file.
    func create(_ path: String, _ bytes: Data, sync: Bool) throws
    /// Copies a file's bytes to a new file, by reference where the file system can.
    func copy(_ source: String, to path: String, sync: Bool) throws
    /// Adds bytes at the end of a file in one write, making the file if needed. A kill may leave any beginning.
    func append(_ path: String, _ bytes: Data, sync: Bool) throws
    /// Cuts a file down to its first bytes.
    func truncate(_ path: String, to size: Int64) throws
    /// Puts a file into the place of another at once: before it or after it, never between.
    func rename(_ source: String, to path: String) throws
    /// Waits until a file's bytes, or a folder's names, are on the disk.
    func sync(_ path: String) throws
    /// Makes a folder and those above it; no error where it exists.
    func makeFolder(_ path: String) throws
    /// Removes a file or an empty folder; no error where there is none.
    func remove(_ path: String) throws
    /// Sets a file's permission bits.
    func setPermissions(_ path: String, _ mode: UInt32) throws
    /// Sets a file's time of modification to now.
    func touch(_ path: String) throws
}

extension FileSystem {
    /// Writes a whole file so that a reader finds the old bytes or the new ones, whenever this process dies: a
    /// temporary file beside it, then a rename. With `durable` both are on the disk when this returns.
    package func replace(_ path: String, with bytes: Data, durable: Bool) throws {
        let temporary = temporaryName(beside: path)
        do {
            try create(temporary, bytes, sync: durable)
            try rename(temporary, to: path)
        } catch {
            try? remove(temporary)
            throw error
        }
        if durable { try sync(folder(of: path)) }
    }

    /// Waits until the name of a file or folder is on the disk, and those of all folders above it: what a folder names
    /// is lost with the folder's own name. Folders above that may not be opened were not made by this program and are
    /// passed over.
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

    /// Whether anything is at the path.
    package func exists(_ path: String) -> Bool { ((try? status(path)) ?? nil) != nil }

    /// Removes a folder with all that is in it; links are removed, not followed.
    package func removeTree(_ path: String) throws {
        if LocalFileSystem().isLink(path) != true { try removeAll(in: path) }
        try remove(path)
    }

    /// Removes all that is in a folder; nothing behind a link, which may lead anywhere.
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

/// The path without its last part; `.` when it has only one.
package func folder(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
    return slash == path.startIndex ? "/" : String(path[..<slash])
}

/// A name that no other process or call uses, in the same folder: `.tmp-…`.
package func temporaryName(beside path: String) -> String {
    folder(of: path) + "/.tmp-" + String(UInt64.random(in: .min ... .max), radix: 16)
}
