// Maintenance of the store: verification, size, garbage collection.

package import Basics
package import Foundation
import Platform

/// The result of `ArtifactStore.verify`.
package struct StoreReport: Hashable, Sendable {
    /// The number of objects checked, the corrupt ones included.
    package var objects = 0
    /// The total size of the intact objects, in bytes.
    package var bytes: Int64 = 0
    /// The number of results checked, the broken ones included.
    package var results = 0
    /// Objects that do not match their digest or cannot be read.
    package var corrupt: [Digest] = []
    /// Results with a missing or corrupt output, and results that cannot be read; their steps run again.
    package var broken: [StepKey] = []
}

/// The amount of data in the store.
package struct StoreSize: Hashable, Sendable {
    /// Distinct contents in the store, whether or not a result uses them.
    package var objects = 0
    /// The total size of the objects, in bytes; results and indexes are not included.
    package var objectBytes: Int64 = 0
    /// Stored results of steps.
    package var results = 0

    /// Creates a size; all counts default to zero.
    package init(objects: Int = 0, objectBytes: Int64 = 0, results: Int = 0) {
        self.objects = objects
        self.objectBytes = objectBytes
        self.results = results
    }
}

/// The items that garbage collection removed, or would remove in a dry run.
package struct GarbageReport: Hashable, Sendable {
    /// The number of objects and leftover temporary files.
    package var objects = 0
    /// Their total size, in bytes.
    package var bytes: Int64 = 0
    /// Results of steps that no kept run uses.
    package var results = 0

    /// Creates a report; all counts default to zero.
    package init(objects: Int = 0, bytes: Int64 = 0, results: Int = 0) {
        self.objects = objects
        self.bytes = bytes
        self.results = results
    }
}

extension ArtifactStore {
    /// Reads every object and every result. Empty files left by a power failure count as absent. With `repair`,
    /// corrupt objects and the results that depend on them are removed, so that their steps run again.
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

    /// Counts the objects and results in the store.
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

    /// Removes results that are not to be kept, objects that no kept result refers to, and files left by killed
    /// processes.
    /// - Parameters:
    ///   - keys: results to keep.
    ///   - digests: objects to keep in addition to those of the kept results.
    ///   - newerThan: results and objects younger than this are kept, because a running step may be about to refer to
    /// them.
    ///   - dryRun: count only, remove nothing.
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
                // An object or a leftover temporary file: old and unreferenced.
                guard let status = try fileSystem.status(path), status.modified < newest else { continue }
                report.objects += 1
                report.bytes += status.size
                if !dryRun { try fileSystem.remove(path) }
            }
        }
        if !dryRun {
            // Journals of completed steps, left by a process that died before it could remove them.
            for name in try fileSystem.list(root + "/journal") where name.hasSuffix(".jsonl") {
                guard let key = Digest(hex: String(name.dropLast(6))).map({ StepKey($0) }) else { continue }
                if fileSystem.exists(path(of: key)) { try journal(for: key).remove() }
            }
            try removeDeadScratch()
        }
        return report
    }

    /// Removes the records of results, in parallel. It does not update the index.
    private func remove(_ keys: [StepKey]) throws {
        let removed = threadedMap(count: keys.count, atLeast: 256) { index in
            Result { try self.fileSystem.remove(self.path(of: keys[index])) }
        }
        for result in removed { try result.get() }
    }
}
