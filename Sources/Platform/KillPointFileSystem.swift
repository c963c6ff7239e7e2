// A file system that dies at a chosen point, for tests of what is left behind then.

package import Foundation

/// A file system in which each change is a kill point before it and, where it takes time, in the middle of it.
package struct KillPointFileSystem: FileSystem {
    private let base: any FileSystem
    private let points: KillPoints

    /// - Parameter base: what carries the operations out.
    package init(_ points: KillPoints, on base: any FileSystem = LocalFileSystem()) {
        self.points = points
        self.base = base
    }

    package func read(_ path: String) throws -> Data {
        try points.checkAlive()
        return try base.read(path)
    }
    package func status(_ path: String) throws -> FileStatus? {
        try points.checkAlive()
        return try base.status(path)
    }
    package func list(_ folder: String) throws -> [String] {
        try points.checkAlive()
        return try base.list(folder)
    }
    package func create(_ path: String, _ bytes: Data, sync: Bool) throws {
        try points.pass("before create")
        try points.pass("amid create") { try base.create(path, bytes.prefix(bytes.count / 2), sync: false) }
        try base.create(path, bytes, sync: sync)
    }
    package func copy(_ source: String, to path: String, sync: Bool) throws {
        try points.pass("before copy")
        try points.pass("amid copy") {
            try base.copy(source, to: path, sync: false)
            try base.truncate(path, to: (try base.status(path)?.size ?? 0) / 2)
        }
        try base.copy(source, to: path, sync: sync)
    }
    package func append(_ path: String, _ bytes: Data, sync: Bool) throws {
        try points.pass("before append")
        try points.pass("amid append") { try base.append(path, bytes.prefix(bytes.count / 2), sync: false) }
        try base.append(path, bytes, sync: sync)
    }
    package func truncate(_ path: String, to size: Int64) throws {
        try points.pass("before truncate")
        try base.truncate(path, to: size)
    }
    package func rename(_ source: String, to path: String) throws {
        try points.pass("before rename")
        try base.rename(source, to: path)
    }
    package func sync(_ path: String) throws {
        try points.pass("before sync")
        try base.sync(path)
    }
    package func makeFolder(_ path: String) throws {
        try points.pass("before makeFolder")
        try base.makeFolder(path)
    }
    package func remove(_ path: String) throws {
        try points.pass("before remove")
        try base.remove(path)
    }
    package func setPermissions(_ path: String, _ mode: UInt32) throws {
        try points.pass("before setPermissions")
        try base.setPermissions(path, mode)
    }
    package func touch(_ path: String) throws {
        try points.pass("before touch")
        try base.touch(path)
    }
}
