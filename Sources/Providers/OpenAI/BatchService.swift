// A batch of OpenAI or Azure as a paid job. Its metadata carries the tag.

import AzureOpenAI
import AzureWire
import Basics
import Platform
import ProviderKit

/// Requests a list of jobs, which many servers do not have.
/// - Throws: `RemoteListUnavailable` if the server lacks the list; errors of the provider.
func listed<Item>(_ list: () async throws -> [Item]) async throws -> [Item] {
    do {
        return try await list()
    } catch let error as ProviderError where error.isNoSuchOperation {
        throw RemoteListUnavailable(reason: "\(error)")
    }
}

/// A batch as a paid job.
struct BatchService: RemoteJobService {
    let client: ProviderClient
    /// Identifies the questions; sent as metadata.
    let fingerprint: Digest
    /// Redacts secrets in the provider's texts.
    let redact: @Sendable (String) -> String
    /// The file name of the uploaded lines; only called at a provider that keeps no metadata.
    let inputName: @Sendable () throws -> String
    /// Uploads the lines and returns the file's id; only called when a batch will be created.
    let input: @Sendable () async throws -> String

    /// The metadata keys of this program.
    static let tagKey = "assay"
    /// The key of the digest of the requests.
    static let fingerprintKey = "assay_requests"

    func prepare() async throws { _ = try await input() }

    func create(tag: String) async throws -> RemoteSnapshot {
        let file = try await input()
        let batch = try await client.batches.create(
            BatchCreateRequest(
                inputFileID: FileID(file), endpoint: client.batches.chatEndpoint, completionWindow: "24h",
                metadata: [BatchService.tagKey: tag, BatchService.fingerprintKey: fingerprint.hex]))
        return try snapshot(batch, batch.tags.contains(tag) ? .tagged : .sameRequest)
    }

    func failure(of error: any Error) -> CreateFailure {
        guard let error = error as? ProviderError else { return .notCreated }
        if error.isTokenLimitExceeded || error.isRateLimited { return .busy(retryAfter: error.failure?.retryAfter) }
        if error.isFileNotProcessed { return .busy(retryAfter: 10) }
        return error.outcome == .surelyNotDone ? .notCreated : .unknown
    }

    func find(tag: String) async throws -> [RemoteSnapshot] {
        let batches = try await listed { try await client.batches.list() }
            .sorted { ($0.createdAt?.seconds ?? 0, $0.id.text) < ($1.createdAt?.seconds ?? 0, $1.id.text) }
        let tagged = batches.filter { $0.tags.contains(tag) }
        // A provider that keeps the metadata of any batch also keeps Assay's tags, so an untagged batch is not Assay's.
        guard tagged.isEmpty, batches.allSatisfy({ $0.metadata?.isEmpty ?? true }) else {
            return try tagged.map { try snapshot($0) }
        }
        var files = RemoteFileNames(client: client)
        var found: [RemoteSnapshot] = []
        for batch in batches {
            switch await files.isNamed(batch.inputFileID, try inputName()) {
            case true: found.append(try snapshot(batch, .sameRequest))
            case false: break
            // The input of an ended batch may have been deleted, whoever created it.
            case nil: if batch.isOver != true { found.append(try snapshot(batch, .unclear)) }
            }
        }
        return found
    }

    func place(of tag: String) -> String { "metadata '\(BatchService.tagKey)' is \(tag)" }

    func snapshot(of id: String) async throws -> RemoteSnapshot {
        try snapshot(await client.batches.get(BatchID(id)))
    }

    func isTransient(_ error: any Error) -> Bool { (error as? ProviderError)?.isTransient ?? false }
    func isGone(_ error: any Error) -> Bool { (error as? ProviderError)?.isNotFound ?? false }

    /// Maps a batch to the engine's view of a job.
    private func snapshot(_ batch: Batch, _ identity: RemoteSnapshot.Identity = .tagged) throws -> RemoteSnapshot {
        let counts = batch.requestCounts
        let hasFile = batch.outputFileID != nil || batch.errorFileID != nil
        let phase: RemoteSnapshot.Phase
        switch (batch.isOver, batch.status.phase) {
        case (nil, _): phase = .unknown
        case (false?, _): phase = .running
        case (true?, .completed): phase = .completed
        // Rejected in validation because the deployment's queue was full: nothing ran and nothing is billed.
        case (true?, .failed) where batch.errors?.data.contains { $0.code == "token_limit_exceeded" } ?? false:
            phase = .crowdedOut(reason: reasons(batch))
        // A batch that ended early keeps its finished lines; one without a file has none.
        case (true?, _): phase = hasFile ? .completed : .ended(reason: reasons(batch))
        }
        let done = counts.map { $0.completed + $0.failed }
        return RemoteSnapshot(
            id: batch.id.text, phase: phase, identity: identity,
            fingerprint: batch.metadata?[BatchService.fingerprintKey].flatMap(Digest.init(hex:)),
            isCutShort: batch.status == .cancelling || batch.status.phase == .cutShort,
            fraction: counts.flatMap { $0.total > 0 ? Double(done ?? 0) / Double($0.total) : nil },
            text: ProviderText.line(batch.status.rawValue, limit: ProviderText.wordLimit)
                + (counts.map { $0.total > 0 ? ", \(done ?? 0) of \($0.total)" : "" } ?? ""),
            detail: try JSONValue(encoding: batch))
    }

    /// The errors of a batch in one line, redacted and bounded.
    private func reasons(_ batch: Batch) -> String {
        let texts = (batch.errors?.data ?? []).map { error in
            [error.code, error.message, error.line.map { "line \($0)" }].compactMap(\.self).joined(separator: ": ")
        }
        let word = batch.status.rawValue.isEmpty ? "ended" : batch.status.rawValue
        return ProviderText.line(redact(texts.isEmpty ? "\(word) without a reason" : "\(word): " + texts.joined(separator: "; ")))
    }
}
