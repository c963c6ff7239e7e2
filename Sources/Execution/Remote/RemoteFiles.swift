// Uploads files once: the same bytes for the same purpose at the same account are used again.

package import Basics
package import Foundation
package import Ledger

/// A provider's files, as far as uploads need them.
package protocol RemoteFileService: Sendable {
    /// Uploads a file under a name and waits until the provider is done with it. Returns the id.
    func upload(path: String, name: String, progress: @escaping @Sendable (Double) -> Void) async throws -> String
    /// Whether the provider still has a file, and done with it.
    func isUsable(_ id: String) async throws -> Bool
    /// The id of a usable file by its name and size.
    func find(name: String, bytes: Int64) async throws -> String?
    /// Seconds after which the provider deletes the file by itself, when it does.
    var expiresAfter: Double? { get }
}

/// The uploaded files of one run. Steps that want the same bytes at the same time wait for one upload.
package actor RemoteFiles {
    private struct Wanted: Hashable {
        var account: String
        var digest: Digest
        var purpose: String
    }

    private let ledger: Ledger
    private let clock: any WallClock
    private var uploads: [Wanted: Task<String, any Error>] = [:]

    package init(ledger: Ledger, clock: any WallClock) {
        self.ledger = ledger
        self.clock = clock
    }

    /// The name under which bytes are uploaded: it carries their digest, so that they are found without a ledger.
    package static func name(digest: Digest, purpose: String) -> String { "assay-\(purpose)-\(digest.short).jsonl" }

    /// The id of a file at the provider, uploaded if it is not there.
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
            return try await withTaskCancellationHandler { try await task.value } onCancel: { task.cancel() }
        } catch {
            uploads[wanted] = nil
            throw error
        }
    }

    private func upload(
        path: String, wanted: Wanted, emulated: Bool, service: any RemoteFileService,
        note: @Sendable (String) -> Void, progress: @escaping @Sendable (Double) -> Void
    ) async throws -> String {
        let name = RemoteFiles.name(digest: wanted.digest, purpose: wanted.purpose)
        let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.int64Value ?? 0
        var record = RemoteFile(
            account: wanted.account, digest: wanted.digest, purpose: wanted.purpose, state: "intended", name: name,
            bytes: size, emulated: emulated)
        if let known = try ledger.file(account: wanted.account, digest: wanted.digest, purpose: wanted.purpose),
            let id = known.remoteID, try await service.isUsable(id)
        {
            return id
        }
        let id: String
        if let found = try await service.find(name: name, bytes: size) {
            note("the provider has \(name) already: \(found)")
            id = found
        } else {
            try ledger.recordFile(record)
            id = try await service.upload(path: path, name: name, progress: progress)
        }
        let now = await clock.now()
        record.remoteID = id
        record.state = "uploaded"
        record.uploadedAt = now
        record.expiresAt = service.expiresAfter.map { now.addingTimeInterval($0) }
        try ledger.recordFile(record)
        return id
    }
}
