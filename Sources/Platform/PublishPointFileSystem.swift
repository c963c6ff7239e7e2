// The machine's files with kill points where a whole program publishes to disk. A point is before what it is named for;
// the state after it is that before the next.

package import Foundation

/// The machine's files, with a kill point before each rename and before and amid each append: where a store publishes.
/// What lies between leaves temporary files only, which `KillPointFileSystem` stops at.
package struct PublishPointFileSystem: FileSystem {
    private let base: any FileSystem
    private let points: KillPoints
    private let root: String

    /// - Parameters:
    ///   - root: points are named by the first folder below it.
    ///   - base: what carries the operations out.
    package init(_ points: KillPoints, root: String, on base: any FileSystem = LocalFileSystem()) {
        self.points = points
        self.base = base
        self.root = root
    }

    private func part(_ path: String) -> String {
        guard path.hasPrefix(root + "/") else { return "elsewhere" }
        return String(path.dropFirst(root.count + 1).prefix { $0 != "/" })
    }

    package func rename(_ source: String, to path: String) throws {
        try points.pass("before publishing in \(part(path))")
        try base.rename(source, to: path)
    }
    package func append(_ path: String, _ bytes: Data, sync: Bool) throws {
        let part = part(path)
        try points.pass("before appending to \(part)")
        try points.pass("amid appending to \(part)") {
            try base.append(path, bytes.prefix(bytes.count / 2), sync: false)
        }
        try base.append(path, bytes, sync: sync)
    }

    package func read(_ path: String) throws -> Data { try base.read(path) }
    package func status(_ path: String) throws -> FileStatus? { try base.status(path) }
    package func list(_ folder: String) throws -> [String] { try base.list(folder) }
    package func create(_ path: String, _ bytes: Data, sync: Bool) throws {
        try base.create(path, bytes, sync: sync)
    }
    package func copy(_ source: String, to path: String, sync: Bool) throws {
        try base.copy(source, to: path, sync: sync)
    }
    package func truncate(_ path: String, to size: Int64) throws { try base.truncate(path, to: size) }
    package func sync(_ path: String) throws { try base.sync(path) }
    package func makeFolder(_ path: String) throws { try base.makeFolder(path) }
    package func remove(_ path: String) throws { try base.remove(path) }
    package func setPermissions(_ path: String, _ mode: UInt32) throws { try base.setPermissions(path, mode) }
    package func touch(_ path: String) throws { try base.touch(path) }
}
