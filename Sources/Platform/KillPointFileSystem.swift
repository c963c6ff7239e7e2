// A file system that fails at a chosen point, for tests of crash recovery.

package import Foundation

/// A file system with a kill point before each change, and one in the middle of changes that take time.
package struct KillPointFileSystem: FileSystem {
    private let base: any FileSystem
    private let points: KillPoints

    /// - Parameter base: the file system that performs the operations.
    package init(_ points: KillPoints, on base: any FileSystem = LocalFileSystem()) {
        self.points = points
        self.base = base
    }

    /// Throws `Killed` after the end; reading is not a kill point.
    package func read(_ path: String) throws -> Data {
        try points.checkAlive()
        return try base.read(path)
    }
    /// Throws `Killed` after the end; reading is not a kill point.
    package func status(_ path: String) throws -> FileStatus? {
        try points.checkAlive()
        return try base.status(path)
    }
    /// Throws `Killed` after the end; reading is not a kill point.
    package func list(_ folder: String) throws -> [String] {
        try points.checkAlive()
        return try base.list(folder)
    }
    /// Two points: before the file is created, and with half of its bytes written.
    package func create(_ path: String, _ bytes: Data, sync: Bool) throws {
        try points.pass("before create")
        try points.pass("amid create") { try base.create(path, bytes.prefix(bytes.count / 2), sync: false) }
        try base.create(path, bytes, sync: sync)
    }
    /// Two points: before the copy, and with half of the bytes copied.
    package func copy(_ source: String, to path: String, sync: Bool) throws {
        try points.pass("before copy")
        try points.pass("amid copy") {
            try base.copy(source, to: path, sync: false)
            try base.truncate(path, to: (try base.status(path)?.size ?? 0) / 2)
        }
        try base.copy(source, to: path, sync: sync)
    }
    /// Two points: before the append, and with half of the bytes appended.
    package func append(_ path: String, _ bytes: Data, sync: Bool) throws {
        try points.pass("before append")
        try points.pass("amid append") { try base.append(path, bytes.prefix(bytes.count / 2), sync: false) }
        try base.append(path, bytes, sync: sync)
    }
    /// One point, before the file is truncated.
    package func truncate(_ path: String, to size: Int64) throws {
        try points.pass("before truncate")
        try base.truncate(path, to: size)
    }
    /// One point, before the rename, which is atomic.
    package func rename(_ source: String, to path: String) throws {
        try points.pass("before rename")
        try base.rename(source, to: path)
    }
    /// One point, before the sync.
    package func sync(_ path: String) throws {
        try points.pass("before sync")
        try base.sync(path)
    }
    /// One point, before the folder is created.
    package func makeFolder(_ path: String) throws {
        try points.pass("before makeFolder")
        try base.makeFolder(path)
    }
    /// One point, before the file or folder is removed.
    package func remove(_ path: String) throws {
        try points.pass("before remove")
        try base.remove(path)
    }
    /// One point, before the permissions change.
    package func setPermissions(_ path: String, _ mode: UInt32) throws {
        try points.pass("before setPermissions")
        try base.setPermissions(path, mode)
    }
    /// One point, before the modification time changes.
    package func touch(_ path: String) throws {
        try points.pass("before touch")
        try base.touch(path)
    }
}
