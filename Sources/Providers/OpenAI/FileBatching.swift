// Batches over uploaded files of lines.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import ProviderKit

/// The Batch API, with its input and results in the Files API.
struct FileBatching: Batching {
    let client: ProviderClient

    func job(_ request: BatchRequest) async -> any RemoteJobService {
        BatchService(
            client: client, fingerprint: request.fingerprint, redact: await client.redactor(),
            inputName: request.inputName, input: request.input)
    }

    func resultFiles(of batch: JSONValue) throws -> [ResultFileReference] {
        let batch = try batch.decoded(as: Batch.self)
        return [(batch.outputFileID, false), (batch.errorFileID, true)].compactMap { id, isErrorFile in
            id.map { ResultFileReference(id: $0.text, isErrorFile: isErrorFile) }
        }
    }

    func download(_ file: ResultFileReference, to path: String) async throws {
        try await client.files.download(FileID(file.id), to: path) { try BatchResultFile(path: $0).defect() }
    }

    func forEachLine(ofFileAt path: String, _ body: (ResultLine) throws -> Void) throws {
        try BatchResultFile(path: path).forEach(body)
    }

    func taggedJob(_ id: String) async throws -> TaggedJob { tagged(try await client.batches.get(BatchID(id))) }

    func taggedJobs() async throws -> AccountList<TaggedJob> { AccountList(try await client.batches.list().map(tagged)) }

    func cancel(_ id: String) async throws { _ = try await client.batches.cancel(BatchID(id)) }

    private func tagged(_ batch: Batch) -> TaggedJob {
        TaggedJob(
            id: batch.id.text, tags: batch.tags,
            fingerprint: batch.metadata?[BatchService.fingerprintKey].flatMap(Digest.init(hex:)),
            status: batch.status.rawValue, isEnd: batch.isOver ?? false)
    }
}
