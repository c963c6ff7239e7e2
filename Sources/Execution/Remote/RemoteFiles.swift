// Uploads files once: the same bytes for the same purpose in the same account are reused.

package import Basics
package import Foundation
package import Ledger
import Platform
package import ProviderKit

/// The uploaded files of one run. Steps that need the same bytes at the same time share one upload.
package actor RemoteFiles {
    private struct Wanted: Hashable {
        var account: String
        var digest: Digest
        var purpose: String
    }

    private let ledger: Ledger
    private let locks: String
    private var uploads: [Wanted: Task<String, any Error>] = [:]

    /// - Parameter locks: a folder for inter-process locks, so that two processes do not upload the same bytes.
    package init(ledger: Ledger, locks: String) {
        self.ledger = ledger
        self.locks = locks
    }

    /// The name of an upload. It contains the digest of the bytes, so that the file is found without a ledger.
    package static func name(digest: Digest, purpose: String) -> String { "assay-\(purpose)-\(digest.short).jsonl" }

    /// The id of a file at the provider, which is uploaded if it is missing.
    package func ensure(
        path: String, digest: Digest, purpose: String, account: String, emulated: Bool,
        service: any RemoteFileService, note: @escaping @Sendable (String) -> Void,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws -> String {
        let wanted = Wanted(account: account, digest: digest, purpose: purpose)
        if let running = uploads[wanted] { return try await running.value }
        let task = Task {
            try await self.upload(
                path: path, wanted: wanted, emulated: emulated, service: service, note: note, progress: progress)
        }
        uploads[wanted] = task
        do {
            return try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
        } catch {
            uploads[wanted] = nil
            throw error
        }
    }

    private func upload(
        path: String, wanted: Wanted, emulated: Bool, service: any RemoteFileService,
        note: @Sendable (String) -> Void, progress: @escaping @Sendable (Double) -> Void
    ) async throws -> String {
        try LocalFileSystem().makeFolder(locks)
        let lock = try await FileLock.acquire(
            locks + "/upload-" + Digest(of: "\(wanted.account) \(wanted.digest) \(wanted.purpose)").short)
        defer { withExtendedLifetime(lock) {} }
        let name = RemoteFiles.name(digest: wanted.digest, purpose: wanted.purpose)
        let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.int64Value ?? 0
        let record = RemoteFile(
            account: wanted.account, digest: wanted.digest, purpose: wanted.purpose, state: "intended", name: name,
            bytes: size, emulated: emulated)
        let known = try ledger.file(account: wanted.account, digest: wanted.digest, purpose: wanted.purpose)
        if let id = known?.remoteID, try await service.isUsable(id) { return id }
        // An upload that was started may exist although no listing shows it yet.
        let wasBegun = known != nil && known?.remoteID == nil
        if let found = try await find(record, settling: wasBegun, service) {
            note("the provider has \(name) already: \(found)")
            return try await keep(found, record, service)
        }
        try ledger.recordFile(record)
        var attempt = 1
        while true {
            do {
                return try await keep(service.upload(path: path, name: name, progress: progress), record, service)
            } catch  where service.mayHaveUploaded(error) && attempt < RemoteFiles.attempts && !Task.isCancelled {
                attempt += 1
                note("the reply to the upload was lost (\(error)); looking for the file at the provider")
                if let found = try await find(record, settling: true, service) {
                    return try await keep(found, record, service)
                }
            }
        }
    }

    /// The maximum number of uploads of one file whose replies are lost.
    private static let attempts = 5

    private func find(
        _ record: RemoteFile, settling: Bool, _ service: any RemoteFileService
    ) async throws -> String? {
        let pace = RemotePace.upload
        var waited = 0.0
        while true {
            if let found = try await service.find(name: record.name, bytes: record.bytes) { return found }
            guard settling, waited < pace.settling else { return nil }
            try await service.clock.sleep(seconds: pace.poll)
            waited += pace.poll
        }
    }

    private func keep(_ id: String, _ record: RemoteFile, _ service: any RemoteFileService) async throws -> String {
        let now = await service.clock.now()
        var record = record
        record.remoteID = id
        record.state = "uploaded"
        record.uploadedAt = now
        record.expiresAt = service.expiresAfter.map { now.addingTimeInterval($0) }
        try ledger.recordFile(record)
        return id
    }
}
