// A cache of the digests of files outside the store, keyed by file system metadata.

import Basics
package import Foundation
package import Platform
import Synchronization

/// Caches digests by device, inode, size, modification time and status change time. A file that changed less than two
/// seconds before it was read is read again next time, because it could change again within the same tick of the file
/// system's clock.
package final class StatCache: Sendable {
    private struct Entry {
        var size: Int64
        var modified: Int64
        var changed: Int64
        var hashed: Int64
        var digest: Digest
    }
    private struct FileKey: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    private static let header = "ASSAYSC1"
    /// Two seconds in nanoseconds: the coarsest clock among the file systems in use.
    private static let settled: Int64 = 2_000_000_000

    private let log: PackedLog
    private let now: @Sendable () -> Date
    private let entries = Mutex<[FileKey: Entry]?>(nil)

    /// Creates a cache; the file is read on first use.
    /// - Parameter now: returns the current time, for the two-second rule.
    package init(
        path: String, fileSystem: any FileSystem = LocalFileSystem(), now: @escaping @Sendable () -> Date = { Date() }
    ) {
        log = PackedLog(path: path, header: StatCache.header, fileSystem: fileSystem)
        self.now = now
    }

    /// The digests of files, in their order. Files that are not in the cache are read on up to `threads` threads and
    /// then cached on disk. `progress` receives the number of bytes read so far and the total to read.
    package func digests(
        of files: [FoundFile], threads: Int, progress: (@Sendable (_ done: Int64, _ of: Int64) -> Void)? = nil
    ) throws -> [Result<FileDigest, any Error>] {
        var results = try known(files)
        let unknown = results.indices.filter { results[$0] == nil }
        if !unknown.isEmpty {
            let total = unknown.reduce(Int64(0)) { $0.saturatingAdding(files[$1].status.size) }
            let done = Mutex<Int64>(0)
            let started = Int64(saturating: now().timeIntervalSince1970 * 1e9)
            let read = FileDigest.ofFiles(at: unknown.map { files[$0].path }, threads: threads) { index in
                guard let progress else { return }
                let sum = done.withLock {
                    $0 = $0.saturatingAdding(files[unknown[index]].status.size)
                    return $0
                }
                progress(sum, total)
            }
            for (index, result) in zip(unknown, read) { results[index] = result }
            try remember(zip(unknown, read).map { (files[$0].status, files[$0].path, $1) }, started: started)
        }
        return results.compactMap { $0 }
    }

    /// The digest of one file. Throws `FileError`.
    package func digest(ofFileAt path: String) throws -> FileDigest {
        guard let status = try log.fileSystem.status(path) else { throw FileError.missing(path: path) }
        let results = try digests(of: [FoundFile(path: path, status: status)], threads: 1)
        guard let result = results.first else { throw FileError.missing(path: path) }
        return try result.get()
    }

    private func known(_ files: [FoundFile]) throws -> [Result<FileDigest, any Error>?] {
        try entries.withLock { held in
            let entries = try held ?? load()
            held = entries
            return files.map { file in
                guard let entry = entries[FileKey(device: file.status.device, inode: file.status.inode)],
                    entry.size == file.status.size, entry.modified == file.status.modified,
                    entry.changed == file.status.changed,
                    max(entry.modified, entry.changed).saturatingAdding(StatCache.settled) < entry.hashed
                else { return nil }
                return .success(FileDigest(digest: entry.digest, bytes: entry.size))
            }
        }
    }

    private func remember(
        _ read: [(FileStatus, String, Result<FileDigest, any Error>)], started: Int64
    ) throws {
        try entries.withLock { entries in
            var records: [Data] = []
            for case (let before, let path, .success(let found)) in read {
                // A file that changed during reading is not cached.
                guard try log.fileSystem.status(path) == before, found.bytes == before.size else { continue }
                let entry = Entry(
                    size: before.size, modified: before.modified, changed: before.changed, hashed: started,
                    digest: found.digest)
                entries?[FileKey(device: before.device, inode: before.inode)] = entry
                var record = Data(capacity: 80)
                for number in [before.device, before.inode] { record.append(integer: number) }
                for number in [entry.size, entry.modified, entry.changed, entry.hashed] {
                    record.append(integer: number)
                }
                record.append(digest: entry.digest)
                records.append(record)
            }
            try log.append(records)
        }
    }

    private func load() throws -> [FileKey: Entry] {
        let bytes: Data
        do {
            bytes = try log.fileSystem.read(log.path)
        } catch FileError.missing {
            return [:]
        }
        var entries: [FileKey: Entry] = [:]
        entries.reserveCapacity(bytes.count / 88)
        let isKnown = bytes.withUnsafeBytes { all in
            log.scan(all) { record, _ in
                var reader = ByteReader(bytes: record)
                guard let device = reader.integer(UInt64.self), let inode = reader.integer(UInt64.self),
                    let size = reader.integer(Int64.self), let modified = reader.integer(Int64.self),
                    let changed = reader.integer(Int64.self), let hashed = reader.integer(Int64.self),
                    let digest = reader.digest()
                else { return }
                entries[FileKey(device: device, inode: inode)] = Entry(
                    size: size, modified: modified, changed: changed, hashed: hashed, digest: digest)
            }
        }
        // The file has another format: start over.
        if !isKnown { try log.rewrite([]) }
        return entries
    }
}
