// Uploads large files in parts, so that a lost connection costs one part only.

package import AzureWire
import Basics
import Foundation
package import Platform
import ProviderKit

/// The progress of an upload in parts. If the caller stores it, another process can resume the upload.
package struct LargeUpload: Hashable, Sendable, Codable {
    /// The provider's id of the upload.
    package var id: UploadID
    /// The size of every part but the last, in bytes; fixed for the whole upload.
    package var partSize: Int64
    /// The parts received, in file order.
    package var partIDs: [String]
    /// When the provider discards the upload, two hours after its creation.
    package var expires: UnixTime?

    /// - Parameter partIDs: the parts received, in file order.
    package init(id: UploadID, partSize: Int64, partIDs: [String], expires: UnixTime?) {
        self.id = id
        self.partSize = partSize
        self.partIDs = partIDs
        self.expires = expires
    }

    /// The default size of a part: 64 MiB.
    package static let partSize: Int64 = 64 << 20
}

extension FilesClient {
    /// Uploads a large file part by part. An interrupted part is sent again, because only the parts named on
    /// completion count.
    /// - Parameters:
    ///   - resuming: the progress of an earlier attempt.
    ///   - save: called with the new progress after each part; an error that it throws ends the upload.
    /// - Returns: the file. After a `ProviderError` with outcome `unknown` it may exist: use `list` to look for it.
    package func uploadInParts(
        _ file: FileToUpload, partSize: Int64 = LargeUpload.partSize, resuming: LargeUpload? = nil,
        save: (LargeUpload) async throws -> Void = { _ in },
        onProgress: (@Sendable (HTTPProgress) -> Void)? = nil
    ) async throws -> FileObject {
        var upload: LargeUpload
        if let resuming {
            upload = resuming
        } else {
            upload = try await begin(file, partSize: partSize)
            try await save(upload)
        }
        while true {
            let offset = Int64(upload.partIDs.count) * upload.partSize
            guard offset < file.bytes else { break }
            let count = min(upload.partSize, file.bytes - offset)
            let report = onProgress.map { report in
                { @Sendable (part: HTTPProgress) in
                    // The overhead of the form around a part is not counted.
                    report(HTTPProgress(sent: offset + min(part.sent, count), toSend: file.bytes))
                }
            }
            let part = try await send(
                .file(path: file.path, offset: offset, count: count), to: upload.id, of: file, onProgress: report)
            upload.partIDs.append(part.id)
            try await save(upload)
        }
        return try await complete(upload, file)
    }

    /// Cancels an upload; no error if it does not exist.
    package func cancelUpload(_ id: UploadID) async throws {
        do {
            _ = try await connection.call(
                "cancel upload \(id)", .repeatable, connection.post(url(id, "/cancel")))
        } catch let error as ProviderError where error.isNotFound {
            return
        }
    }

    /// Creates the upload at the provider.
    private func begin(_ file: FileToUpload, partSize: Int64) async throws -> LargeUpload {
        let request = try connection.json(
            .post, endpoint.url("/uploads"),
            body: UploadCreateRequest(
                purpose: file.purpose, filename: file.filename, bytes: Int(file.bytes), mimeType: file.contentType))
        // Repeatable, because an upload that is never completed leaves nothing behind.
        let upload: Upload = try await connection.call("begin upload of \(file.filename)", .repeatable, request)
        return LargeUpload(id: upload.id, partSize: partSize, partIDs: [], expires: upload.expiresAt)
    }

    /// Sends one part; it counts only once the upload is completed.
    private func send(
        _ content: HTTPBodySegment, to id: UploadID, of file: FileToUpload,
        onProgress: (@Sendable (HTTPProgress) -> Void)?
    ) async throws -> UploadPart {
        var form = MultipartForm(boundary: connection.boundary())
        form.add("data", filename: file.filename, contentType: "application/octet-stream", content)
        let request = try HTTPRequestValue(
            .post, url(id, "/parts"), fields: ["content-type": form.contentType, "accept": "application/json"],
            body: form.body, timeout: nil, onProgress: onProgress)
        return try await connection.call("upload a part of \(file.filename)", .repeatable, request)
    }

    /// Assembles the file from the parts. Not repeatable, because it creates the file.
    private func complete(_ upload: LargeUpload, _ file: FileToUpload) async throws -> FileObject {
        let operation = "complete upload of \(file.filename)"
        let request = try connection.json(
            .post, url(upload.id, "/complete"), body: UploadCompleteRequest(partIDs: upload.partIDs), timeout: 600)
        let answer: Upload = try await connection.call(operation, .create, request)
        guard let object = answer.file else {
            throw ProviderError.unreadable(operation: operation, status: 200, reason: "no file in the answer")
        }
        return object
    }

    private func url(_ id: UploadID, _ tail: String) throws(ProviderError) -> String {
        endpoint.url("/uploads/\(try pathSegment(id.text))\(tail)")
    }
}
