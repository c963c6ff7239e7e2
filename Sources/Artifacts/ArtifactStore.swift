// The content-addressed store: objects by digest, results by step key, both complete or absent.

package import Basics
package import Foundation
package import Platform
import Synchronization

/// How sure a write must be. What was paid for or trained is `durable`: on the disk before anything says so.
/// What is quickly made again is `plain`: a power cut may lose it, or leave an empty file, which counts as absent.
package enum Durability: Hashable, Sendable { case plain, durable }

/// An object in the store.
package struct StoredObject: Hashable, Sendable {
    package var digest: Digest
    package var bytes: Int64

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
/// results.index       all results, packed; made again from results/ when it is lost
/// stat.index          digests of files outside, by path, size and times
/// inspected-N.index   sizes and hashes of images, by digest
/// journal/            journals of steps that are not done
/// locks/steps         a byte a step key that is being worked on
/// scratch/            folders of running steps, by process
/// ```
package final class ArtifactStore: Sendable {
    package static let currentFormat = 1

    package let root: String
    let fileSystem: any FileSystem
    private let index: Mutex<ResultIndex?>
    private let indexLog: PackedLog
    /// Objects whose bytes were checked in this process.
    private let verified = Mutex<Set<Digest>>([])
    /// Folders known to exist, and those whose names are known to be on the disk.
    private let folders = Mutex<Set<String>>([])
    private let namedFolders = Mutex<Set<String>>([])
    let scratch = Mutex<ScratchPool?>(nil)
    let stepLocks: ByteLocks

    /// Opens the store, making it if there is none. Throws `StoreError.newerFormat` for one that a newer version
    /// made.
    package init(root: String, fileSystem: any FileSystem = LocalFileSystem()) throws {
        self.root = root
        self.fileSystem = fileSystem
        stepLocks = ByteLocks(path: root + "/locks/steps")
        index = Mutex(nil)
        indexLog = PackedLog(path: root + "/results.index", header: ResultIndex.header, fileSystem: fileSystem)
        try refuseLinks(in: ArtifactStore.parts)
        try checkFormat()
    }

    /// The folders of a state folder. Files in the folders below `objects`, `results` and `slurm/jobs` need no look:
    /// objects are checked by their digest, and records are replaced, never written through.
    private static let parts = [
        "objects", "results", "journal", "locks", "scratch", "runs", "emulator", "slurm", "slurm/jobs", "slurm/steps",
    ]

    /// Refuses a state folder with symbolic links, as it may have come with somebody else's project: through one, files
    /// outside would be made, changed or deleted.
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
        // A power cut may have left an empty file, before its bytes were waited for.
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

    /// Waits until the names in one of the store's folders are on the disk, and with them, once in this process, the
    /// folder's own name and those above it: another process may have made the folder without waiting for the disk.
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
    /// Where an object's bytes are. Not checked: for bytes that are checked elsewhere, or see `verifiedPath`.
    package func path(of digest: Digest) -> String { place("objects", digest) }

    /// Whether the object is there; says nothing about its bytes.
    package func holds(_ digest: Digest) -> Bool {
        guard let status = try? fileSystem.status(path(of: digest)) else { return false }
        return !isLost(digest, bytes: status.size)
    }

    /// Whether a power cut has left only the name of an object.
    func isLost(_ digest: Digest, bytes: Int64) -> Bool { bytes == 0 && digest != ArtifactStore.empty }

    private static let empty = Digest(of: Data())

    /// Whether all of them are there; thousands are looked for on all cores.
    package func holds(all digests: [Digest]) -> Bool {
        threadedMap(count: digests.count, atLeast: 256) { self.holds(digests[$0]) }.allSatisfy { $0 }
    }

    /// Puts bytes into the store. An object that is there already and whole is left alone.
    package func put(_ bytes: Data, durability: Durability = .plain) throws -> StoredObject {
        let object = StoredObject(digest: Digest(of: bytes), bytes: Int64(bytes.count))
        try publish(object, durability) { try fileSystem.create($0, bytes, sync: durability == .durable) }
        return object
    }

    /// Puts a file into the store: a copy of it, or with `moving` the file itself, which is gone from its place
    /// then and must not be written to any more.
    package func put(
        fileAt path: String, durability: Durability = .plain, moving: Bool = false
    ) throws -> StoredObject {
        let found = try FileDigest(ofFileAt: path)
        let object = StoredObject(digest: found.digest, bytes: found.bytes)
        // A link that is moved would be an object that leads out of the store.
        let source = moving && LocalFileSystem().isLink(path) != true ? path : nil
        try publish(object, durability, moving: source) { temporary in
            try fileSystem.copy(path, to: temporary, sync: durability == .durable)
            if !moving, try FileDigest(ofFileAt: temporary).digest != object.digest {
                throw FileError.failed(operation: "copy, as it changed meanwhile,", path: path, errno: EAGAIN)
            }
        }
        return object
    }

    /// Makes an object of a file that is moved, or of what `write` puts into the temporary file it is given.
    private func publish(
        _ object: StoredObject, _ durability: Durability, moving source: String? = nil,
        write: (_ temporary: String) throws -> Void
    ) throws {
        let target = path(of: object.digest)
        if (try? verifiedPath(of: object.digest)) != nil {
            // Its age tells garbage collection that somebody wants it now.
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
        // Its digest was just made of its bytes.
        verified.withLock { _ = $0.insert(object.digest) }
        if let source { try fileSystem.remove(source) }
    }

    /// Makes a file an object by its new name alone.
    /// - Returns: whether that could be done; it cannot from another device.
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

    /// An object's bytes, checked against its digest. Throws `StoreError.corrupt` or `.missingObject`.
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

    /// Where an object's bytes are, checked against its digest once in this process.
    package func verifiedPath(of digest: Digest) throws -> String {
        let path = path(of: digest)
        if verified.withLock({ $0.contains(digest) }) { return path }
        try verify(digest)
        verified.withLock { _ = $0.insert(digest) }
        return path
    }

    /// Reads an object through and throws `StoreError.corrupt` or `.missingObject` if it is not whole.
    func verify(_ digest: Digest) throws {
        do {
            guard try FileDigest(ofFileAt: path(of: digest)).digest == digest else {
                throw StoreError.corrupt(digest)
            }
        } catch FileError.missing {
            throw StoreError.missingObject(digest)
        }
    }

    /// Removes an object that turned out corrupt, so that the step which makes it runs again. Results that have it
    /// as output no longer count as known.
    package func discard(_ digest: Digest) throws {
        verified.withLock { _ = $0.remove(digest) }
        try fileSystem.remove(path(of: digest))
    }
}

// MARK: - Results

extension ArtifactStore {
    /// Where a result's record is.
    package func path(of key: StepKey) -> String { place("results", key.digest, ".json") }

    /// Makes a step's result known, all at once. Its outputs are in the store already; with `durable` they and the
    /// record are on the disk when this returns.
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
        try remember(ResultSummary(manifest))
    }

    /// The whole record of a result; `nil` when the step has none. Throws `StoreError.damagedResult`.
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

    /// The short form of a result whose outputs are all there; `nil` when the step must run. Quick: some
    /// microseconds a key.
    package func summary(for key: StepKey) throws -> ResultSummary? {
        guard let summary = try recorded(key), summary.outputs.allSatisfy({ holds($0.digest) }) else { return nil }
        return summary
    }

    /// The short form of a result, whether its outputs are there or not.
    package func recorded(_ key: StepKey) throws -> ResultSummary? {
        var found = try withIndex { $0.summary(key) }
        if found == nil {
            // Another process may have published it since the index was read.
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

    /// The record of the last result of a step of this name in an experiment: what `explain` compares with.
    package func latest(_ step: StepID, experiment: String) throws -> ResultManifest? {
        guard let summary = try withIndex({ $0.latest(step, experiment: experiment) }) else { return nil }
        return try result(for: summary.key)
    }

    /// Reads what is known of results, where that has not been done. Whoever asks for one does so too.
    package func loadResults() throws { try withIndex { _ in } }

    /// All results, in the order in which they were recorded.
    package func results() throws -> [ResultSummary] { try withIndex { $0.all } }

    /// Takes a result away, so that its step runs again. Its objects stay for garbage collection.
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

    /// Makes the index again from the results' own records.
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
