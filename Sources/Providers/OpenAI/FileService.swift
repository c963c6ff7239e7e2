// Uploads through the Files and Uploads APIs of OpenAI and Azure.

import AzureOpenAI
import AzureWire
import Basics
import Foundation
import Platform
import ProviderKit

/// Uploads the files of one purpose; large ones in parts.
struct FileService: RemoteFileService {
    let client: ProviderClient
    let clock: any WallClock
    let purpose: FilePurpose
    /// The file that records the progress of an upload in parts, so that another process can resume it.
    let progressPath: String
    /// Receives messages for the user, such as an undocumented file status.
    let note: @Sendable (String) -> Void

    /// Seconds after which the provider deletes the file; `nil` to keep it. Batch files expire after 30 days, the
    /// longest that the provider allows: an account holds 500 files without an expiry, 10,000 with one. Training
    /// files are kept, because another job may use them. The reference documents no expiry for uploads in parts, and
    /// OpenAI's own API does not use Azure's names for it.
    var expiresAfter: Double? { purpose == .batch && client.endpoint.supportsExpiry ? 2_592_000 : nil }

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

    /// Resumes an upload that an earlier process began, if the provider still has it.
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
                    // Completed, cancelled or discarded in the meantime: start a new upload.
                }
            }
        }
        let done = try await files.uploadInParts(file, save: note, onProgress: report)
        try? FileManager.default.removeItem(at: place)
        return done
    }

    /// The minimum remaining lifetime of an upload that is resumed, in seconds.
    private static let margin = 300.0

    /// The stored progress of an upload in parts. It only applies to a file of the same name and size.
    private struct Noted: Codable, Sendable {
        var file: String
        var bytes: Int64
        var upload: LargeUpload
    }

    /// A server that cannot report on a single file is assumed not to have it: uploading the same bytes again costs
    /// nothing.
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
            // Many servers cannot list files. Uploading the same bytes again costs nothing.
            return nil
        }
        for file in files
        where file.filename == name && Int64(file.bytes ?? 0) == bytes {
            if try await isDone(file) { return file.id.text }
        }
        return nil
    }

    /// Whether a file can be used; waits while it is being processed.
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
