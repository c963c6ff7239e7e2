// The Files and Uploads APIs of OpenAI and Azure.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import Platform
import ProviderKit

struct FileService: RemoteFileService {
    let client: ProviderClient
    let clock: any WallClock
    let purpose: FilePurpose
    /// Where an upload in parts notes how far it is, so that another process goes on with it.
    let progressPath: String
    /// Is given what a person should know, such as a status of a file that is not documented.
    let note: @Sendable (String) -> Void

    /// Files for batches expire by themselves after 30 days, the longest that the provider allows: without an expiry
    /// an account holds 500 of them, with one 10,000. Training files are kept: a job may be started from them again. An
    /// upload in parts has no expiry in the reference, nor has OpenAI's own the names of Azure's.
    var expiresAfter: Double? { purpose == .batch && client.endpoint.knowsExpiry ? 2_592_000 : nil }

    func upload(path: String, name: String, progress: @escaping @Sendable (Double) -> Void) async throws -> String {
        let size = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.int64Value ?? 0
        let file = FileToUpload(
            path: path, bytes: size, filename: name, purpose: purpose,
            expiresAfter: expiresAfter.map { ExpiresAfter(seconds: Int(saturating: $0)) })
        let report: @Sendable (HTTPProgress) -> Void = { sent in
            progress(Double(sent.sent) / Double(max(1, sent.toSend)))
        }
        let uploaded =
            size > FilesClient.formLimit
            ? try await uploadInParts(file, report)
            : try await client.files.upload(file, onProgress: report)
        return try await client.files.waitUntilProcessed(uploaded.id, uploaded: uploaded, note: note).id.text
    }

    func mayHaveUploaded(_ error: any Error) -> Bool {
        (error as? ProviderError).map { $0.outcome == .unknown } ?? false
    }

    /// Goes on with an upload that an earlier process began, if the provider still knows it.
    private func uploadInParts(
        _ file: FileToUpload, _ report: @escaping @Sendable (HTTPProgress) -> Void
    ) async throws -> FileObject {
        let place = URL(fileURLWithPath: progressPath)
        let note: @Sendable (LargeUpload) throws -> Void = { upload in
            try JSONEncoder().encode(Noted(file: file.filename, bytes: file.bytes, upload: upload))
                .write(to: place, options: .atomic)
        }
        let files = client.files
        let known = (try? LocalFileSystem().read(progressPath, limit: FileSizeLimit.text)).flatMap { try? Noted(json: $0) }
        if let known, known.file == file.filename, known.bytes == file.bytes,
            (1...(1 << 30)).contains(known.upload.partSize)
        {
            let now = await clock.now()
            if known.upload.expires.map({ $0.date > now + FileService.margin }) ?? true {
                do {
                    let done = try await files.uploadInParts(
                        file, partSize: known.upload.partSize, resuming: known.upload, save: note, onProgress: report)
                    try? FileManager.default.removeItem(at: place)
                    return done
                } catch let error as ProviderError where error.status == 404 || error.status == 400 {
                    // It was completed, cancelled or forgotten meanwhile; whatever it left has another name to find.
                }
            }
        }
        let done = try await files.uploadInParts(file, save: note, onProgress: report)
        try? FileManager.default.removeItem(at: place)
        return done
    }

    /// Seconds that an upload must still have before it ends by itself for it to be gone on with.
    private static let margin = 300.0

    private struct Noted: Codable, Sendable {
        var file: String
        var bytes: Int64
        var upload: LargeUpload
    }

    /// A server that cannot be asked about a file is taken to have it no more: the same bytes are uploaded again, which
    /// costs nothing.
    func isUsable(_ id: String) async throws -> Bool {
        do {
            let file = try await client.files.get(FileID(id))
            return try await isDone(file)
        } catch let error as ProviderError where error.isNoSuchOperation {
            return false
        }
    }

    func find(name: String, bytes: Int64) async throws -> String? {
        let files: [FileObject]
        do {
            files = try await client.files.list(purpose: purpose)
        } catch let error as ProviderError where error.isNoSuchOperation {
            // Many servers have no list of files. A second upload of the same bytes costs nothing.
            return nil
        }
        for file in files
        where file.filename == name && Int64(file.bytes ?? 0) == bytes {
            if try await isDone(file) { return file.id.text }
        }
        return nil
    }

    private func isDone(_ file: FileObject) async throws -> Bool {
        switch file.status?.phase {
        case .failed: return false
        case .ready, nil: return true
        case .working, .unknown:
            do {
                _ = try await client.files.waitUntilProcessed(file.id, note: note)
                return true
            } catch ProviderError.fileRefused {
                return false
            }
        }
    }
}

/// The files of an account.
struct FileStorage: Storage {
    let client: ProviderClient
    let clock: any WallClock

    func files(
        for purpose: StoragePurpose, progressPath: String, note: @escaping @Sendable (String) -> Void
    ) -> any RemoteFileService {
        FileService(
            client: client, clock: clock, purpose: purpose == .batch ? .batch : .fineTune, progressPath: progressPath,
            note: note)
    }

    func name(of id: String) async throws -> String { try await client.files.get(FileID(id)).filename }

    func delete(_ id: String) async throws { try await client.files.delete(FileID(id)) }
}
