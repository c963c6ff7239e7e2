// The content-addressed store: objects by digest, results by step key, each complete or absent.

package import Basics
package import Foundation
package import Platform
import Synchronization

/// The durability of a write. `durable`, for paid or trained results, means that the data is on disk before anything
/// refers to it. `plain`, for data that is cheap to recreate, may be lost in a power failure, which may also leave an
/// empty file; an empty file counts as absent.
package enum Durability: Hashable, Sendable { case plain, durable }

/// A reference to content in the store. The object may be missing or damaged; reading verifies it.
package struct StoredObject: Hashable, Sendable {
    /// The SHA-256 of the object's bytes, which is also its name.
    package var digest: Digest
    /// The size in bytes.
    package var bytes: Int64

    /// - Parameter bytes: the size of the object, in bytes.
    package init(digest: Digest, bytes: Int64) {
        self.digest = digest
        self.bytes = bytes
    }
}

/// The store in a state folder. Several processes may use it at once.
///
/// ```
/// format              the version of this layout
/// objects/ab/cdef…    bytes, named by their SHA-256, read-only
/// results/ab/cdef….json   a ResultManifest under its step key
/// results.index       all results, packed; rebuilt from results/ when lost
/// stat.index          digests of files outside, by path, size and times
/// inspected-N.index   sizes and hashes of images, by digest
/// features-N-*.index  features of images, by digest; one file per backbone
/// journal/            journals of unfinished steps
/// locks/steps         one byte per step key that is in progress
/// scratch/            folders of running steps, per process
/// ```
package final class ArtifactStore: Sendable {
    /// The layout version that this program writes; the initializer refuses newer ones.
    package static let currentFormat = 1

    /// The path of the state folder.
    package let root: String
    let fileSystem: any FileSystem
    private let index: Mutex<ResultIndex?>
    private let indexLog: PackedLog
    /// Objects already checked against their digests in this process.
    private let verified = Mutex<Set<Digest>>([])
    /// Results that this process treats as absent until they are published again.
    private let aside = Mutex<Set<StepKey>>([])
    /// Folders known to exist, and folders with directory entries known to be on disk.
    private let folders = Mutex<Set<String>>([])
    private let namedFolders = Mutex<Set<String>>([])
    let scratch = Mutex<ScratchPool?>(nil)
    let stepLocks: ByteLocks

    /// Opens the store, creating it if necessary.
    /// - Throws: `StoreError.newerFormat` for a store that a newer version created, `.unknownFormat`, `.linked` for a
    /// symbolic link in the state folder, or `FileError`.
    package init(root: String, fileSystem: any FileSystem = LocalFileSystem()) throws {
        self.root = root
        self.fileSystem = fileSystem
        stepLocks = ByteLocks(path: root + "/locks/steps")
        index = Mutex(nil)
        indexLog = PackedLog(path: root + "/results.index", header: ResultIndex.header, fileSystem: fileSystem)
        try refuseLinks(in: ArtifactStore.parts)
        try checkFormat()
    }

    /// The folders of a state folder. Files in the folders below `objects`, `results` and `slurm/jobs` need no check:
    /// objects are verified by digest, and records are replaced, never written in place.
    private static let parts = [
        "objects", "results", "journal", "locks", "scratch", "runs", "emulator", "slurm", "slurm/jobs", "slurm/steps",
    ]

    /// Refuses a state folder with symbolic links, because it may come from an untrusted project: through a link,
    /// files outside would be created, changed or deleted.
    func refuseLinks(in parts: [String]) throws {
        let files = LocalFileSystem()
        for folder in [root] + parts.map({ root + "/" + $0 }) {
            if let link = try files.firstLink(in: folder) { throw StoreError.linked(path: link) }
        }
    }

    private func checkFormat() throws {
        let path = root + "/format"
        let bytes: Data
        do {
            bytes = try fileSystem.read(path)
        } catch FileError.missing {
            bytes = Data()
        }
        // A power failure may have left an empty file before its bytes reached the disk.
        if bytes.isEmpty {
            try fileSystem.makeFolder(root)
            try fileSystem.replace(path, with: Data("\(ArtifactStore.currentFormat)\n".utf8), durable: true)
            return
        }
        guard let found = Int(String(decoding: bytes, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw StoreError.unknownFormat(path: path) }
        guard found <= ArtifactStore.currentFormat else {
            throw StoreError.newerFormat(path: path, found: found, known: ArtifactStore.currentFormat)
        }
    }

    func makeFolderOnce(_ folder: String) throws {
        if folders.withLock({ $0.contains(folder) }) { return }
        try fileSystem.makeFolder(folder)
        folders.withLock { _ = $0.insert(folder) }
    }

    /// Waits until the entries of one of the store's folders are on disk and, once per process, also the entries of
    /// the folder itself and of its parents: another process may have created the folder without waiting for the
    /// disk.
    private func syncNames(in place: String) throws {
        try fileSystem.sync(place)
        if namedFolders.withLock({ $0.contains(place) }) { return }
        let part = folder(of: place)
        if namedFolders.withLock({ $0.contains(part) }) {
            try fileSystem.sync(part)
        } else {
            try fileSystem.syncNames(to: place)
        }
        namedFolders.withLock { named in named.formUnion([place, part]) }
    }

    private func place(_ part: String, _ digest: Digest, _ suffix: String = "") -> String {
        let hex = digest.hex
        var path = ""
        path.reserveCapacity(root.utf8.count + part.utf8.count + suffix.utf8.count + 67)
        path += root
        path += "/"
        path += part
        path += "/"
        path += hex.prefix(2)
        path += "/"
        path += hex.dropFirst(2)
        path += suffix
        return path
    }
}

// MARK: - Objects

extension ArtifactStore {
    /// The path of an object. The bytes are not verified: use it where they are verified elsewhere, or use
    /// `verifiedPath`.
    package func path(of digest: Digest) -> String { place("objects", digest) }

    /// Whether the object exists; its bytes are not verified.
    package func holds(_ digest: Digest) -> Bool {
        guard let status = try? fileSystem.status(path(of: digest)) else { return false }
        return !isLost(digest, bytes: status.size)
    }

    /// Whether a power failure left only an object's name and no bytes.
    func isLost(_ digest: Digest, bytes: Int64) -> Bool { bytes == 0 && digest != ArtifactStore.empty }

    private static let empty = Digest(of: Data())

    /// Whether all of the objects exist; large numbers are checked in parallel.
    package func holds(all digests: [Digest]) -> Bool {
        threadedMap(count: digests.count, atLeast: 256) { self.holds(digests[$0]) }.allSatisfy { $0 }
    }

    /// Stores bytes and returns their object. An existing intact object stays as it is.
    package func put(_ bytes: Data, durability: Durability = .plain) throws -> StoredObject {
        let object = StoredObject(digest: Digest(of: bytes), bytes: Int64(bytes.count))
        try publish(object, durability) { try fileSystem.create($0, bytes, sync: durability == .durable) }
        return object
    }

    /// Stores a copy of a file, or with `moving` the file itself: the file is then gone from `path`, and its bytes
    /// must not be changed any more.
    package func put(
        fileAt path: String, durability: Durability = .plain, moving: Bool = false
    ) throws -> StoredObject {
        let found = try FileDigest(ofFileAt: path)
        let object = StoredObject(digest: found.digest, bytes: found.bytes)
        // Moving a symbolic link would create an object that points out of the store.
        let source = moving && LocalFileSystem().isLink(path) != true ? path : nil
        try publish(object, durability, moving: source) { temporary in
            try fileSystem.copy(path, to: temporary, sync: durability == .durable)
            if !moving, try FileDigest(ofFileAt: temporary).digest != object.digest {
                throw FileError.failed(operation: "copy, as it changed meanwhile,", path: path, errno: EAGAIN)
            }
        }
        return object
    }

    /// Creates an object from a moved file or from what `write` puts into the given temporary file.
    private func publish(
        _ object: StoredObject, _ durability: Durability, moving source: String? = nil,
        write: (_ temporary: String) throws -> Void
    ) throws {
        let target = path(of: object.digest)
        if (try? verifiedPath(of: object.digest)) != nil {
            // A new modification time keeps garbage collection from removing the object.
            try fileSystem.touch(target)
            if durability == .durable {
                try fileSystem.sync(target)
                try syncNames(in: folder(of: target))
            }
            if let source { try fileSystem.remove(source) }
            return
        }
        try makeFolderOnce(folder(of: target))
        if let source, try move(source, to: target, durability) {
            verified.withLock { _ = $0.insert(object.digest) }
            return
        }
        let temporary = temporaryName(beside: target)
        do {
            try write(temporary)
            try fileSystem.setPermissions(temporary, 0o444)
            try fileSystem.rename(temporary, to: target)
        } catch {
            try? fileSystem.remove(temporary)
            throw error
        }
        if durability == .durable { try syncNames(in: folder(of: target)) }
        // The digest was just computed from these bytes.
        verified.withLock { _ = $0.insert(object.digest) }
        if let source { try fileSystem.remove(source) }
    }

    /// Turns a file into an object by renaming it.
    /// - Returns: `false` when the file is on another device and cannot be renamed.
    private func move(_ source: String, to target: String, _ durability: Durability) throws -> Bool {
        do {
            try fileSystem.setPermissions(source, 0o444)
            if durability == .durable { try fileSystem.sync(source) }
            try fileSystem.rename(source, to: target)
        } catch FileError.failed(_, _, errno: EXDEV) {
            return false
        }
        if durability == .durable { try syncNames(in: folder(of: target)) }
        return true
    }

    /// An object's bytes, verified against the digest. Throws `StoreError.corrupt` or `.missingObject`.
    package func bytes(of digest: Digest) throws -> Data {
        let bytes: Data
        do {
            bytes = try fileSystem.read(path(of: digest))
        } catch FileError.missing {
            throw StoreError.missingObject(digest)
        }
        guard Digest(of: bytes) == digest else { throw StoreError.corrupt(digest) }
        verified.withLock { _ = $0.insert(digest) }
        return bytes
    }

    /// The path of an object, verified against its digest once per process. Throws `StoreError.corrupt` or
    /// `.missingObject`.
    package func verifiedPath(of digest: Digest) throws -> String {
        let path = path(of: digest)
        if verified.withLock({ $0.contains(digest) }) { return path }
        try verify(digest)
        verified.withLock { _ = $0.insert(digest) }
        return path
    }

    /// Reads a whole object and throws `StoreError.corrupt` or `.missingObject` if it is not intact.
    func verify(_ digest: Digest) throws {
        do {
            guard try FileDigest(ofFileAt: path(of: digest)).digest == digest else {
                throw StoreError.corrupt(digest)
            }
        } catch FileError.missing {
            throw StoreError.missingObject(digest)
        }
    }

    /// Removes a corrupt object, so that the step that produces it runs again. Results with this output no longer
    /// count as available.
    package func discard(_ digest: Digest) throws {
        verified.withLock { _ = $0.remove(digest) }
        try fileSystem.remove(path(of: digest))
    }
}

// MARK: - Results

extension ArtifactStore {
    /// The path of a result's record.
    package func path(of key: StepKey) -> String { place("results", key.digest, ".json") }

    /// Publishes a step's result atomically. Its outputs must already be in the store. With `durable`, outputs and
    /// record are on disk when this returns.
    /// - Throws: `StoreError.missingObject` for an output that is not in the store, or `FileError`.
    package func publish(_ manifest: ResultManifest, durability: Durability = .plain) throws {
        for output in manifest.outputs where !holds(output.digest) {
            throw StoreError.missingObject(output.digest)
        }
        if durability == .durable {
            for path in manifest.outputs.map({ path(of: $0.digest) }) {
                try fileSystem.sync(path)
                try syncNames(in: folder(of: path))
            }
        }
        let target = path(of: manifest.key)
        try makeFolderOnce(folder(of: target))
        try fileSystem.replace(target, with: Data(manifest.canonicalBytes), durable: durability == .durable)
        if durability == .durable { try syncNames(in: folder(of: target)) }
        aside.withLock { _ = $0.remove(manifest.key) }
        try remember(ResultSummary(manifest))
    }

    /// The complete record of a result; `nil` when the step has none. Throws `StoreError.damagedResult` or
    /// `.newerFormat`.
    package func result(for key: StepKey) throws -> ResultManifest? {
        let bytes: Data
        do {
            bytes = try fileSystem.read(path(of: key))
        } catch FileError.missing {
            return nil
        }
        if bytes.isEmpty { return nil }
        do {
            let json = try JSONValue(parsing: bytes)
            if let format = json["format"]?.int, format > ResultManifest.currentFormat {
                throw StoreError.newerFormat(path: path(of: key), found: format, known: ResultManifest.currentFormat)
            }
            let manifest = try ResultManifest(json: json)
            guard manifest.key == key else {
                throw StoreError.damagedResult(key, reason: "it is the record of another key")
            }
            return manifest
        } catch let error as DecodingError {
            throw StoreError.damagedResult(key, reason: String(describing: error))
        } catch let error as ResultManifest.Malformed {
            throw StoreError.damagedResult(key, reason: "'\(error.member)' is missing or wrong")
        }
    }

    /// The summary of a result with all outputs available; `nil` when the step must run. Takes a few microseconds per
    /// key.
    package func summary(for key: StepKey) throws -> ResultSummary? {
        guard let summary = try recorded(key), summary.outputs.allSatisfy({ holds($0.digest) }) else { return nil }
        return summary
    }

    /// The summary of a result, whether or not its outputs exist; `nil` when there is no readable record.
    package func recorded(_ key: StepKey) throws -> ResultSummary? {
        if aside.withLock({ $0.contains(key) }) { return nil }
        var found = try withIndex { $0.summary(key) }
        if found == nil {
            // Another process may have published the result since the index was read.
            do {
                guard let manifest = try result(for: key) else { return nil }
                let summary = ResultSummary(manifest)
                try remember(summary)
                found = summary
            } catch StoreError.damagedResult {
                return nil
            }
        }
        return found
    }

    /// The latest result of a step with this name in an experiment, for comparison by `explain`; `nil` when there is
    /// none.
    package func latest(_ step: StepID, experiment: String) throws -> ResultManifest? {
        guard let summary = try withIndex({ $0.latest(step, experiment: experiment) }) else { return nil }
        return try result(for: summary.key)
    }

    /// Loads the index of results unless it is loaded. The first lookup of a result does so too.
    package func loadResults() throws { try withIndex { _ in } }

    /// The summaries of all results, in recording order.
    package func results() throws -> [ResultSummary] { try withIndex { $0.all } }

    /// Treats a result as absent in this process, so that a plan shows what happens without it. Its record stays on disk
    /// and is there again for the next process, however this one ends. `publish` ends this.
    package func setAside(_ key: StepKey) { aside.withLock { _ = $0.insert(key) } }

    /// Removes a result, so that its step runs again. Its objects stay until garbage collection.
    package func forget(_ key: StepKey) throws {
        try fileSystem.remove(path(of: key))
        try withIndex { $0.remove(key) }
        try indexLog.append([ResultIndex.removal(of: key)])
    }
}

// MARK: - The index

extension ArtifactStore {
    private func withIndex<Value>(_ body: (inout ResultIndex) throws -> Value) throws -> Value {
        try index.withLock { index in
            var loaded = try index ?? loadIndex()
            index = nil
            defer { index = loaded }
            return try body(&loaded)
        }
    }

    private func loadIndex() throws -> ResultIndex {
        do {
            if let found = ResultIndex(try fileSystem.read(indexLog.path), log: indexLog) { return found }
        } catch FileError.missing {
            guard fileSystem.exists(root + "/results") else { return ResultIndex() }
        }
        return try rebuildIndex()
    }

    /// Rebuilds the index from the records of the results.
    private func rebuildIndex() throws -> ResultIndex {
        var summaries: [ResultSummary] = []
        for key in try resultKeys() {
            if let manifest = try? result(for: key) { summaries.append(ResultSummary(manifest)) }
        }
        summaries.sort { ($0.createdAt, $0.key) < ($1.createdAt, $1.key) }
        try indexLog.rewrite(summaries.map(ResultIndex.encode))
        var rebuilt = ResultIndex()
        for summary in summaries { rebuilt.insert(summary) }
        return rebuilt
    }

    func rewriteIndex(_ summaries: [ResultSummary]) throws {
        try indexLog.rewrite(summaries.map(ResultIndex.encode))
        index.withLock { $0 = nil }
    }

    /// The keys of all results that have a file.
    func resultKeys() throws -> [StepKey] {
        try digests(in: "results", suffix: ".json").map { StepKey($0) }
    }

    /// The digests that name the files in one part of the store.
    func digests(in part: String, suffix: String = "") throws -> [Digest] {
        var found: [Digest] = []
        for folder in try fileSystem.list(root + "/" + part) where folder.utf8.count == 2 {
            for name in try fileSystem.list(root + "/" + part + "/" + folder) where name.hasSuffix(suffix) {
                if let digest = Digest(hex: folder + name.dropLast(suffix.count)) { found.append(digest) }
            }
        }
        return found
    }

    private func remember(_ summary: ResultSummary) throws {
        try withIndex { $0.insert(summary) }
        try indexLog.append([ResultIndex.encode(summary)])
    }
}
