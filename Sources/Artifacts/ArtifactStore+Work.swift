// A running step's resources in the store: its lock, its journal and a scratch folder.

package import Basics
package import Platform
import Synchronization

/// Two empty folders for one running step, on the store's device so that files can be moved into the store without a
/// copy.
package struct ScratchFolder: Sendable {
    /// The step's working folder.
    package let path: String
    /// The folder for temporary files of the step's programs.
    package let temporary: String
    fileprivate let place: String

    fileprivate init(place: String) {
        self.place = place
        path = place + "/work"
        temporary = place + "/tmp"
    }
}

/// The scratch folders of one process, below a folder with a lock that distinguishes live processes from dead ones.
/// Folders are reused, because creating and removing thousands of folders is slow.
struct ScratchPool {
    fileprivate let folder: String
    fileprivate let lock: FileLock
    fileprivate var made = 0
    fileprivate var free: [ScratchFolder] = []
    /// Folders of finished steps, not emptied yet.
    fileprivate var used: [ScratchFolder] = []
}

extension ArtifactStore {
    /// Waits until no other task of any process works on the step. Look the result up again afterwards. The lock is
    /// held as long as the returned value lives. `waiting` is called once if another holder has the lock.
    package func lock(_ key: StepKey, waiting: () -> Void = {}) async throws -> FileLock {
        try makeFolderOnce(root + "/locks")
        return try await FileLock.acquire(byte: key.digest.words.0, of: stepLocks, waiting: waiting)
    }

    /// The step's lock; `nil` when another task holds it.
    package func tryLock(_ key: StepKey) throws -> FileLock? {
        try makeFolderOnce(root + "/locks")
        return try FileLock.tryAcquire(byte: key.digest.words.0, of: stepLocks)
    }

    /// The step's journal, whether or not it exists. Use it only while holding the step's lock.
    package func journal(for key: StepKey) -> Journal {
        Journal(path: root + "/journal/" + key.digest.hex + ".jsonl", fileSystem: fileSystem)
    }

    /// A journal with its own name, for work that several steps share.
    package func journal(named name: Digest) -> Journal {
        Journal(path: root + "/journal/" + name.hex + ".jsonl", fileSystem: fileSystem)
    }

    /// The path of a file next to the journals, in an existing folder.
    /// - Parameters:
    ///   - name: the file's purpose; a constant without a slash.
    ///   - digest: distinguishes several files with the same name.
    package func persistentPath(for key: StepKey, _ name: StaticString, _ digest: Digest? = nil) throws -> String {
        try makeFolderOnce(root + "/journal")
        return root + "/journal/\(key.digest.short)-\(name)" + (digest.map { "-\($0.short)" } ?? "")
    }

    /// Empty folders for a step; call `release` when the step has ended.
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

    /// Takes back a step's folders. `emptyScratch` prepares them for the next step.
    package func release(_ folder: ScratchFolder) { scratch.withLock { $0?.used.append(folder) } }

    /// Empties the folders of finished steps. Call it from time to time, so that no step has to wait for it.
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
                // A folder that cannot be emptied is not reused; it is removed together with its parent at the
                // latest.
                try? LocalFileSystem().removeTree(folder.place)
            }
        }
    }

    /// Removes this process's scratch folders. Call it only when no step is running.
    package func removeScratch() throws {
        try scratch.withLock { pool in
            guard let own = pool else { return }
            pool = nil
            try withExtendedLifetime(own.lock) { try LocalFileSystem().removeTree(own.folder) }
        }
    }

    /// Removes the scratch folders of dead processes.
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

    /// A cache of values by digest for steps of one kind; the name includes the version of the values.
    package func memory(_ name: StaticString) -> DigestMemory { DigestMemory(path: root + "/\(name).index", store: self) }

    /// A cache of values by digest for one method among many, such as one network's features; `method` identifies it.
    package func memory(_ name: StaticString, of method: Digest) -> DigestMemory {
        DigestMemory(path: root + "/\(name)-\(method.short).index", store: self)
    }

    /// The digest cache for files outside the store, shared by all commands that use this store.
    package func statCache() -> StatCache {
        StatCache(path: root + "/stat.index", fileSystem: fileSystem)
    }
}
