// The machine's files with kill points where a whole program publishes to disk. Each point comes before the change
// that it is named for; the state after a change is the state before the next point.

package import Foundation

/// The machine's files with a kill point before each rename, and before and in the middle of each append: the
/// operations by which a store publishes. The changes between them leave only temporary files; `KillPointFileSystem`
/// covers those.
package struct PublishPointFileSystem: FileSystem {
    private let base: any FileSystem
    private let points: KillPoints
    private let root: String

    /// - Parameters:
    ///   - root: points are named by the first folder below it.
    ///   - base: the file system that performs the operations.
    package init(_ points: KillPoints, root: String, on base: any FileSystem = LocalFileSystem()) {
        self.points = points
        self.base = base
        self.root = root
    }

    private func part(_ path: String) -> String {
        guard path.hasPrefix(root + "/") else { return "elsewhere" }
        return String(path.dropFirst(root.count + 1).prefix { $0 != "/" })
    }

    /// One point, before the rename.
    package func rename(_ source: String, to path: String) throws {
        try points.pass("before publishing in \(part(path))")
        try base.rename(source, to: path)
    }
    /// Two points: before the append, and with a part of the bytes appended.
    package func append(_ path: String, _ bytes: Data, sync: Bool) throws {
        let part = part(path)
        try points.pass("before appending to \(part)")
        try points.pass("amid appending to \(part)") {
            try base.append(path, bytes.prefix(bytes.count / 2), sync: false)
        }
        try base.append(path, bytes, sync: sync)
    }

    /// Not a kill point.
    package func read(_ path: String) throws -> Data { try base.read(path) }
    /// Not a kill point.
    package func status(_ path: String) throws -> FileStatus? { try base.status(path) }
    /// Not a kill point.
    package func list(_ folder: String) throws -> [String] { try base.list(folder) }
    /// Not a kill point: a new file is temporary until it is renamed.
    package func create(_ path: String, _ bytes: Data, sync: Bool) throws {
        try base.create(path, bytes, sync: sync)
    }
    /// Not a kill point: a new file is temporary until it is renamed.
    package func copy(_ source: String, to path: String, sync: Bool) throws {
        try base.copy(source, to: path, sync: sync)
    }
    /// Not a kill point.
    package func truncate(_ path: String, to size: Int64) throws { try base.truncate(path, to: size) }
    /// Not a kill point.
    package func sync(_ path: String) throws { try base.sync(path) }
    /// Not a kill point.
    package func makeFolder(_ path: String) throws { try base.makeFolder(path) }
    /// Not a kill point.
    package func remove(_ path: String) throws { try base.remove(path) }
    /// Not a kill point.
    package func setPermissions(_ path: String, _ mode: UInt32) throws { try base.setPermissions(path, mode) }
    /// Not a kill point.
    package func touch(_ path: String) throws { try base.touch(path) }
}
