// A provider's files as uploads need them.

import AzureOpenAI
import AzureWire
import Basics
import Execution
import Foundation
import Platform

struct FileService: RemoteFileService {
    let provider: ConnectedProvider
    let purpose: FilePurpose

    /// Files for batches expire by themselves after 30 days, the longest that the provider allows: without an expiry
    /// an account holds 500 of them, with one 10,000. Training files are kept: a job may be started from them again.
    var expiresAfter: Double? { purpose == .batch && provider.client.endpoint.isAzure ? 2_592_000 : nil }

    func upload(path: String, name: String, progress: @escaping @Sendable (Double) -> Void) async throws -> String {
        let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.int64Value ?? 0
        let file = FileToUpload(
            path: path, bytes: size, filename: name, purpose: purpose,
            expiresAfter: expiresAfter.map { ExpiresAfter(seconds: Int($0)) })
        let report: @Sendable (HTTPProgress) -> Void = { sent in
            progress(Double(sent.sent) / Double(max(1, sent.toSend)))
        }
        let uploaded =
            size > FilesClient.formLimit
            ? try await provider.client.files.uploadInParts(file, onProgress: report)
            : try await provider.client.files.upload(file, onProgress: report)
        return try await provider.client.files.waitUntilProcessed(uploaded.id).id.text
    }

    var clock: any WallClock { provider.clock }

    func mayHaveUploaded(_ error: any Error) -> Bool {
        (error as? ProviderError).map { $0.outcome == .unknown } ?? false
    }

    func isUsable(_ id: String) async throws -> Bool {
        do {
            let file = try await provider.client.files.get(FileID(id))
            return try await isDone(file)
        } catch let error as ProviderError where error.isNotFound {
            return false
        }
    }

    func find(name: String, bytes: Int64) async throws -> String? {
        for file in try await provider.client.files.list(purpose: purpose)
        where file.filename == name && Int64(file.bytes ?? 0) == bytes {
            if try await isDone(file) { return file.id.text }
        }
        return nil
    }

    private func isDone(_ file: FileObject) async throws -> Bool {
        switch file.status {
        case .error, .deleting, .deleted: false
        case .processed, nil: true
        default: try await provider.client.files.waitUntilProcessed(file.id).status == .processed
        }
    }
}
