// A file system whose power can be cut: what was not waited for is lost, as from a page cache.

package import Foundation
import Synchronization

/// The machine's files behind a model of the page cache. Bytes are on the disk once their file was synced, names once
/// their folder was. `cut` leaves what a power cut may leave, and nothing works afterwards.
///
/// A file that is renamed or synced here without having been written here counts as not on the disk until it is synced;
/// any other file that was there before counts as on the disk.
package final class PowerCutFileSystem: FileSystem {
    /// Thrown by all operations after the cut.
    package struct PoweredOff: Error, Hashable { package init() {} }

    /// What a power cut takes. File systems may write names and bytes in either order.
    package enum Loss: Hashable, Sendable, CaseIterable {
        /// Names and bytes that were not synced.
        case namesAndBytes
        /// Bytes that were not synced; all names are there, and lead to empty or older files.
        case bytes
        /// Names that were not synced; the bytes of all others are there.
        case names
    }

    /// What a name leads to on the disk.
    private enum Entry: Sendable {
        case nothing
        /// A file by its number.
        case file(Int)
        case folder
    }

    private struct State: Sendable {
        var isOff = false
        /// The bytes on the disk of the files that were touched here, by the file's number.
        var kept: [Data] = []
        /// The numbers of those files by the names that they have now.
        var nodes: [String: Int] = [:]
        /// Names that were changed and not synced, with what they lead to on the disk.
        var unsynced: [String: Entry] = [:]

        mutating func add(_ path: String, kept bytes: Data) {
            nodes[path] = kept.count
            kept.append(bytes)
        }
    }

    private let base = LocalFileSystem()
    private let state = Mutex(State())

    package init() {}

    /// Cuts the power.
    package func cut(_ loss: Loss = .namesAndBytes) throws {
        try state.withLock { state in
            state.isOff = true
            if loss != .names {
                for (path, node) in state.nodes { try restore(path, state.kept[node]) }
            }
            if loss != .bytes {
                // The outermost first: what is in a folder is lost with it.
                for (path, entry) in state.unsynced.sorted(by: { $0.key.utf8.count < $1.key.utf8.count }) {
                    switch entry {
                    case .nothing:
                        guard let status = try base.status(path) else { continue }
                        status.kind == .folder ? try base.removeTree(path) : try base.remove(path)
                    case .file(let node): try restore(path, state.kept[node])
                    case .folder: try base.makeFolder(path)
                    }
                }
            }
        }
    }

    /// Puts bytes in the place of a file, if its folder is there.
    private func restore(_ path: String, _ bytes: Data) throws {
        guard base.exists(folder(of: path)) else { return }
        try base.remove(path)
        try base.create(path, bytes, sync: false)
    }

    private func change<Value: Sendable>(_ body: (inout State) throws -> Value) throws -> Value {
        try state.withLock { state in
            if state.isOff { throw PoweredOff() }
            return try body(&state)
        }
    }

    /// The file of a name. One that was not touched here yet counts as on the disk as it is.
    private func node(_ path: String, _ state: inout State) throws -> Int? {
        if state.nodes[path] == nil, try base.status(path)?.kind == .file {
            state.add(path, kept: try base.read(path))
        }
        return state.nodes[path]
    }

    /// Notes what a name leads to on the disk, before it is changed.
    private func note(_ path: String, _ state: inout State) throws {
        guard state.unsynced[path] == nil else { return }
        if let node = try node(path, &state) {
            state.unsynced[path] = .file(node)
        } else {
            state.unsynced[path] = try base.status(path) == nil ? .nothing : .folder
        }
    }

    // MARK: Changes

    package func create(_ path: String, _ bytes: Data, sync: Bool) throws {
        try change { state in
            try note(path, &state)
            try base.create(path, bytes, sync: false)
            state.add(path, kept: sync ? bytes : Data())
        }
    }

    package func copy(_ source: String, to path: String, sync: Bool) throws {
        try change { state in
            try note(path, &state)
            try base.copy(source, to: path, sync: false)
            state.add(path, kept: sync ? try base.read(path) : Data())
        }
    }

    package func append(_ path: String, _ bytes: Data, sync: Bool) throws {
        try change { state in
            if try node(path, &state) == nil {
                try note(path, &state)
                try base.append(path, bytes, sync: false)
                state.add(path, kept: Data())
            } else {
                try base.append(path, bytes, sync: false)
            }
            if sync, let node = state.nodes[path] { state.kept[node] = try base.read(path) }
        }
    }

    package func truncate(_ path: String, to size: Int64) throws {
        try change { state in
            _ = try node(path, &state)
            try base.truncate(path, to: size)
        }
    }

    package func rename(_ source: String, to path: String) throws {
        try change { state in
            if state.nodes[source] == nil { state.add(source, kept: Data()) }
            try note(source, &state)
            try note(path, &state)
            try base.rename(source, to: path)
            state.nodes[path] = state.nodes.removeValue(forKey: source)
        }
    }

    package func sync(_ path: String) throws {
        try change { state in
            if try base.status(path)?.kind == .folder {
                for name in state.unsynced.keys where folder(of: name) == path { state.unsynced[name] = nil }
            } else {
                let bytes = try base.read(path)
                if let node = state.nodes[path] { state.kept[node] = bytes } else { state.add(path, kept: bytes) }
            }
        }
    }

    package func makeFolder(_ path: String) throws {
        try change { state in
            var missing: [String] = []
            var above = path
            while try base.status(above) == nil {
                missing.append(above)
                above = folder(of: above)
            }
            for made in missing { try note(made, &state) }
            try base.makeFolder(path)
        }
    }

    package func remove(_ path: String) throws {
        try change { state in
            guard try base.status(path) != nil else { return }
            try note(path, &state)
            try base.remove(path)
            state.nodes[path] = nil
        }
    }

    package func setPermissions(_ path: String, _ mode: UInt32) throws {
        try change { _ in try base.setPermissions(path, mode) }
    }

    package func touch(_ path: String) throws { try change { _ in try base.touch(path) } }

    // MARK: Looks

    package func read(_ path: String) throws -> Data { try change { _ in try base.read(path) } }
    package func status(_ path: String) throws -> FileStatus? { try change { _ in try base.status(path) } }
    package func list(_ folder: String) throws -> [String] { try change { _ in try base.list(folder) } }
}
