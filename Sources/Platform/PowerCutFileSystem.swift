// A file system that simulates a power cut: changes that were not synced are lost, as with a page cache.

package import Foundation
import Synchronization

/// The machine's files with a model of the page cache. Content is on disk once its file is synced, and names once
/// their folder is synced. `cut` leaves what a power cut may leave; every later operation fails.
///
/// A file that is renamed or synced here without having been written here counts as not on disk until it is synced;
/// any other existing file counts as on disk.
package final class PowerCutFileSystem: FileSystem {
    /// Thrown by every operation after the power cut.
    package struct PoweredOff: Error, Hashable { package init() {} }

    /// The changes that a power cut loses. File systems may write names and content in either order.
    package enum Loss: Hashable, Sendable, CaseIterable {
        /// Names and content that were not synced.
        case namesAndBytes
        /// Content that was not synced; all names exist, but refer to empty or older files.
        case bytes
        /// Names that were not synced; the content of all other files is complete.
        case names
    }

    /// The target of a name on disk.
    private enum Entry: Sendable {
        case nothing
        /// A file, by its number.
        case file(Int)
        case folder
    }

    private struct State: Sendable {
        var isOff = false
        /// The on-disk content of the files that were changed here, by file number.
        var kept: [Data] = []
        /// The numbers of those files by their current names.
        var nodes: [String: Int] = [:]
        /// Names that were changed and not synced, with what they refer to on disk.
        var unsynced: [String: Entry] = [:]

        mutating func add(_ path: String, kept bytes: Data) {
            nodes[path] = kept.count
            kept.append(bytes)
        }
    }

    private let base = LocalFileSystem()
    private let state = Mutex(State())

    /// Starts with the power on; existing files count as on disk.
    package init() {}

    /// Cuts the power: reverts everything that was not synced and that `loss` covers.
    package func cut(_ loss: Loss = .namesAndBytes) throws {
        try state.withLock { state in
            state.isOff = true
            if loss != .names {
                for (path, node) in state.nodes { try restore(path, state.kept[node]) }
            }
            if loss != .bytes {
                // Outermost first, because the contents of a folder are lost with it.
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

    /// Restores the content of a file if its folder exists.
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

    /// The number of the file with a name. A file not changed here before counts as on disk with its current content.
    private func node(_ path: String, _ state: inout State) throws -> Int? {
        if state.nodes[path] == nil, try base.status(path)?.kind == .file {
            state.add(path, kept: try base.read(path))
        }
        return state.nodes[path]
    }

    /// Records what a name refers to on disk, before it changes.
    private func note(_ path: String, _ state: inout State) throws {
        guard state.unsynced[path] == nil else { return }
        if let node = try node(path, &state) {
            state.unsynced[path] = .file(node)
        } else {
            state.unsynced[path] = try base.status(path) == nil ? .nothing : .folder
        }
    }

    // MARK: Changes

    /// The content is on disk only with `sync`; the name needs a sync of its folder.
    package func create(_ path: String, _ bytes: Data, sync: Bool) throws {
        try change { state in
            try note(path, &state)
            try base.create(path, bytes, sync: false)
            state.add(path, kept: sync ? bytes : Data())
        }
    }

    /// The content is on disk only with `sync`; the name needs a sync of its folder.
    package func copy(_ source: String, to path: String, sync: Bool) throws {
        try change { state in
            try note(path, &state)
            try base.copy(source, to: path, sync: false)
            state.add(path, kept: sync ? try base.read(path) : Data())
        }
    }

    /// The appended bytes are on disk only with `sync`.
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

    /// The new size is on disk after a sync of the file.
    package func truncate(_ path: String, to size: Int64) throws {
        try change { state in
            _ = try node(path, &state)
            try base.truncate(path, to: size)
        }
    }

    /// The rename is on disk after a sync of the folders; a source not written here counts as not on disk.
    package func rename(_ source: String, to path: String) throws {
        try change { state in
            if state.nodes[source] == nil { state.add(source, kept: Data()) }
            try note(source, &state)
            try note(path, &state)
            try base.rename(source, to: path)
            state.nodes[path] = state.nodes.removeValue(forKey: source)
        }
    }

    /// Marks the content of a file, or the names in a folder, as on disk.
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

    /// The names of new folders are on disk after a sync of their parents.
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

    /// The removal is on disk after a sync of the folder.
    package func remove(_ path: String) throws {
        try change { state in
            guard try base.status(path) != nil else { return }
            try note(path, &state)
            try base.remove(path)
            state.nodes[path] = nil
        }
    }

    /// Counts as on disk at once; the model does not cover permissions.
    package func setPermissions(_ path: String, _ mode: UInt32) throws {
        try change { _ in try base.setPermissions(path, mode) }
    }

    /// Counts as on disk at once; the model does not cover times.
    package func touch(_ path: String) throws { try change { _ in try base.touch(path) } }

    // MARK: Reading

    /// Reads the current content, not the content on disk; throws `PoweredOff` after the cut.
    package func read(_ path: String) throws -> Data { try change { _ in try base.read(path) } }
    /// Returns the current metadata; throws `PoweredOff` after the cut.
    package func status(_ path: String) throws -> FileStatus? { try change { _ in try base.status(path) } }
    /// Lists the current names; throws `PoweredOff` after the cut.
    package func list(_ folder: String) throws -> [String] { try change { _ in try base.list(folder) } }
}
