// Looks after the store: verify, size, garbage collection.

package import Basics
package import Foundation
import Platform

/// What `verify` found.
package struct StoreReport: Hashable, Sendable {
    package var objects = 0
    package var bytes: Int64 = 0
    package var results = 0
    /// Objects whose bytes do not have their digest.
    package var corrupt: [Digest] = []
    /// Results of which an output is missing or corrupt, and those that cannot be read: their steps run again.
    package var broken: [StepKey] = []
}

/// How much the store holds.
package struct StoreSize: Hashable, Sendable {
    package var objects = 0
    package var objectBytes: Int64 = 0
    package var results = 0

    package init(objects: Int = 0, objectBytes: Int64 = 0, results: Int = 0) {
        self.objects = objects
        self.objectBytes = objectBytes
        self.results = results
    }
}

/// What garbage collection removed, or would remove.
package struct GarbageReport: Hashable, Sendable {
    package var objects = 0
    package var bytes: Int64 = 0
    package var results = 0

    package init(objects: Int = 0, bytes: Int64 = 0, results: Int = 0) {
        self.objects = objects
        self.bytes = bytes
        self.results = results
    }
}

extension ArtifactStore {
    /// Reads every object and every result. Empty files, which a power cut leaves, count as absent. With `repair`, corrupt objects and the results that need them are removed,
    /// so that their steps run again.
    package func verify(threads: Int, repair: Bool = false) throws -> StoreReport {
        var report = StoreReport()
        let objects = try digests(in: "objects")
        let found = FileDigest.ofFiles(at: objects.map { path(of: $0) }, threads: threads)
        for (digest, result) in zip(objects, found) {
            if case .success(let file) = result, isLost(digest, bytes: file.bytes) {
                if repair { try discard(digest) }
                continue
            }
            report.objects += 1
            guard case .success(let file) = result, file.digest == digest else {
                report.corrupt.append(digest)
                continue
            }
            report.bytes += file.bytes
        }
        let corrupt = Set(report.corrupt)
        for key in try resultKeys() {
            if try fileSystem.status(path(of: key))?.size == 0 {
                if repair { try forget(key) }
                continue
            }
            report.results += 1
            let manifest = try? result(for: key)
            let isWhole = manifest?.outputs.allSatisfy { holds($0.digest) && !corrupt.contains($0.digest) } ?? false
            if !isWhole { report.broken.append(key) }
        }
        if repair {
            for digest in report.corrupt { try discard(digest) }
            for key in report.broken { try forget(key) }
        }
        return report
    }

    /// How much is in the store.
    package func size() throws -> StoreSize {
        var size = StoreSize()
        for digest in try digests(in: "objects") {
            guard let status = try fileSystem.status(path(of: digest)) else { continue }
            size.objects += 1
            size.objectBytes += status.size
        }
        size.results = try resultKeys().count
        return size
    }

    /// Removes results that are not to be kept, objects that no kept result has, and what killed processes left.
    /// - Parameters:
    ///   - keys: results to keep.
    ///   - digests: objects to keep besides those of the kept results.
    ///   - newerThan: results and objects younger than this stay: a run that is going on may be about to name them.
    ///   - dryRun: only counts.
    package func collectGarbage(
        keeping keys: Set<StepKey>, and digests: Set<Digest> = [], newerThan limit: Date, dryRun: Bool = false
    ) throws -> GarbageReport {
        var report = GarbageReport()
        let newest = Int64(limit.timeIntervalSince1970 * 1e9)
        var kept: [ResultSummary] = []
        var needed = digests
        var unwanted: [StepKey] = []
        for summary in try results() {
            if keys.contains(summary.key) || summary.createdAt >= limit {
                kept.append(summary)
                for output in summary.outputs { needed.insert(output.digest) }
            } else {
                unwanted.append(summary.key)
            }
        }
        report.results = unwanted.count
        if !dryRun {
            try remove(unwanted)
            try rewriteIndex(kept)
        }
        for folder in try fileSystem.list(root + "/objects") {
            for name in try fileSystem.list(root + "/objects/" + folder) {
                let path = root + "/objects/" + folder + "/" + name
                if let digest = Digest(hex: folder + name), needed.contains(digest) { continue }
                // Object or left-over temporary file alike: old, and nobody needs it.
                guard let status = try fileSystem.status(path), status.modified < newest else { continue }
                report.objects += 1
                report.bytes += status.size
                if !dryRun { try fileSystem.remove(path) }
            }
        }
        if !dryRun {
            // Journals whose step is done: its process died before it could remove them.
            for name in try fileSystem.list(root + "/journal") where name.hasSuffix(".jsonl") {
                guard let key = Digest(hex: String(name.dropLast(6))).map({ StepKey($0) }) else { continue }
                if fileSystem.exists(path(of: key)) { try journal(for: key).remove() }
            }
            try removeDeadScratch()
        }
        return report
    }

    /// Removes the records of results, on all cores. The index is not told.
    private func remove(_ keys: [StepKey]) throws {
        let removed = threadedMap(count: keys.count, atLeast: 256) { index in
            Result { try self.fileSystem.remove(self.path(of: keys[index])) }
        }
        for result in removed { try result.get() }
    }
}
