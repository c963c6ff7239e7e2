// What a running step has of the store: its lock, its journal, a scratch folder.

package import Basics
package import Platform

/// A folder for one running step, told apart from what a killed process left by the lock that it holds.
package final class ScratchFolder: Sendable {
    package let path: String
    private let lock: FileLock

    fileprivate init(path: String, lock: FileLock) {
        self.path = path
        self.lock = lock
    }

    /// Removes the folder with all that is in it.
    package func remove() throws { try LocalFileSystem().removeTree(path) }
}

extension ArtifactStore {
    /// Waits until no other process, and nobody else in this one, works on the step; look the result up again then.
    /// The lock lasts as long as the value. `waiting` is told once when somebody else holds it.
    package func lock(_ key: StepKey, waiting: () -> Void = {}) async throws -> FileLock {
        try makeFolderOnce(root + "/locks")
        return try await FileLock.acquire(root + "/locks/" + key.digest.hex, waiting: waiting)
    }

    /// The step's lock if nobody holds it.
    package func tryLock(_ key: StepKey) throws -> FileLock? {
        try makeFolderOnce(root + "/locks")
        return try FileLock.tryAcquire(root + "/locks/" + key.digest.hex)
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
    package func persistentPath(for key: StepKey, _ name: String) throws -> String {
        try makeFolderOnce(root + "/journal")
        return root + "/journal/\(key.digest.short)-\(name)"
    }

    /// A new empty folder on the store's own device, so that files move from it into the store without a copy.
    package func makeScratch() throws -> ScratchFolder {
        try makeFolderOnce(root + "/scratch")
        let path = root + "/scratch/" + String(UInt64.random(in: .min ... .max), radix: 36)
        guard let lock = try FileLock.tryAcquire(path + ".lock") else { throw FileError.exists(path: path) }
        try fileSystem.makeFolder(path)
        return ScratchFolder(path: path, lock: lock)
    }

    /// Removes the scratch folders of processes that are gone.
    package func removeDeadScratch() throws {
        let names = try fileSystem.list(root + "/scratch")
        for name in names where !name.hasSuffix(".lock") {
            let path = root + "/scratch/" + name
            guard let lock = try FileLock.tryAcquire(path + ".lock") else { continue }
            try LocalFileSystem().removeTree(path)
            _ = consume lock
        }
    }

    /// The digests of files outside the store, for all commands that use this store.
    package func statCache() -> StatCache {
        StatCache(path: root + "/stat.index", fileSystem: fileSystem)
    }
}
