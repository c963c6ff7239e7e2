// What a running step has of the store: its lock, its journal, a scratch folder.

package import Basics
package import Platform
import Synchronization

/// Two empty folders for one running step, on the store's own device, so that files move into the store without a copy.
package struct ScratchFolder: Sendable {
    package let path: String
    /// For temporary files of the step's programs.
    package let temporary: String
    fileprivate let place: String

    fileprivate init(place: String) {
        self.place = place
        path = place + "/work"
        temporary = place + "/tmp"
    }
}

/// The scratch folders of one process, below a folder that its lock tells from those of the dead. They are used again:
/// making and removing folders by the thousand is what file systems are slow at.
struct ScratchPool {
    fileprivate let folder: String
    fileprivate let lock: FileLock
    fileprivate var made = 0
    fileprivate var free: [ScratchFolder] = []
    /// Folders of steps that have ended, with what these left in them.
    fileprivate var used: [ScratchFolder] = []
}

extension ArtifactStore {
    /// Waits until no other process, and nobody else in this one, works on the step; look the result up again then.
    /// The lock lasts as long as the value. `waiting` is told once when somebody else holds it.
    package func lock(_ key: StepKey, waiting: () -> Void = {}) async throws -> FileLock {
        try makeFolderOnce(root + "/locks")
        return try await FileLock.acquire(byte: key.digest.words.0, of: stepLocks, waiting: waiting)
    }

    /// The step's lock if nobody holds it.
    package func tryLock(_ key: StepKey) throws -> FileLock? {
        try makeFolderOnce(root + "/locks")
        return try FileLock.tryAcquire(byte: key.digest.words.0, of: stepLocks)
    }

    /// The step's journal, there or not. To be used under the step's lock.
    package func journal(for key: StepKey) -> Journal {
        Journal(path: root + "/journal/" + key.digest.hex + ".jsonl", fileSystem: fileSystem)
    }

    /// A journal under a name of its own, for what several steps share.
    package func journal(named name: Digest) -> Journal {
        Journal(path: root + "/journal/" + name.hex + ".jsonl", fileSystem: fileSystem)
    }

    /// A file beside the journals, in a folder that is there.
    /// - Parameters:
    ///   - name: what it holds; a text of the program's own, without a slash.
    ///   - digest: tells several of one name apart.
    package func persistentPath(for key: StepKey, _ name: StaticString, _ digest: Digest? = nil) throws -> String {
        try makeFolderOnce(root + "/journal")
        return root + "/journal/\(key.digest.short)-\(name)" + (digest.map { "-\($0.short)" } ?? "")
    }

    /// Empty folders for a step; `giveBack` when it has ended.
    package func makeScratch() throws -> ScratchFolder {
        try makeFolderOnce(root + "/scratch")
        return try scratch.withLock { pool in
            var own = try pool ?? newPool()
            defer { pool = own }
            if let free = own.free.popLast() { return free }
            own.made += 1
            let made = ScratchFolder(place: own.folder + "/\(own.made)")
            try fileSystem.makeFolder(made.path)
            try fileSystem.makeFolder(made.temporary)
            return made
        }
    }

    private func newPool() throws -> ScratchPool {
        let path = root + "/scratch/" + String(UInt64.random(in: .min ... .max), radix: 36)
        guard let lock = try FileLock.tryAcquire(path + ".lock") else { throw FileError.exists(path: path) }
        try fileSystem.makeFolder(path)
        return ScratchPool(folder: path, lock: lock)
    }

    /// Takes back a step's folders. `emptyScratch` makes them ready for another one.
    package func giveBack(_ folder: ScratchFolder) { scratch.withLock { $0?.used.append(folder) } }

    /// Empties the folders of steps that have ended: to be called now and then, so that no step waits for it.
    package func emptyScratch() {
        let used = scratch.withLock { pool in
            defer { pool?.used = [] }
            return pool?.used ?? []
        }
        for folder in used {
            do {
                try LocalFileSystem().removeAll(in: folder.path)
                try LocalFileSystem().removeAll(in: folder.temporary)
                scratch.withLock { $0?.free.append(folder) }
            } catch {
                // What cannot be emptied is not used again, and goes with the folder that it is in.
                try? LocalFileSystem().removeTree(folder.place)
            }
        }
    }

    /// Removes this process's scratch folders; to be called when no step runs any more.
    package func removeScratch() throws {
        try scratch.withLock { pool in
            guard let own = pool else { return }
            pool = nil
            try withExtendedLifetime(own.lock) { try LocalFileSystem().removeTree(own.folder) }
        }
    }

    /// Removes the scratch folders of processes that are gone.
    package func removeDeadScratch() throws {
        try refuseLinks(in: ["scratch"])
        let names = try fileSystem.list(root + "/scratch")
        for name in names where !name.hasSuffix(".lock") {
            let path = root + "/scratch/" + name
            guard let lock = try FileLock.tryAcquire(path + ".lock") else { continue }
            try LocalFileSystem().removeTree(path)
            _ = consume lock
        }
    }

    /// What steps of one kind found out about bytes, under a name with their version.
    package func memory(_ name: StaticString) -> DigestMemory { DigestMemory(path: root + "/\(name).index", store: self) }

    /// The digests of files outside the store, for all commands that use this store.
    package func statCache() -> StatCache {
        StatCache(path: root + "/stat.index", fileSystem: fileSystem)
    }
}
