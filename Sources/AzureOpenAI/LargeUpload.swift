// Large files: sent in parts, so that a cut costs one part and not the whole.

package import AzureWire
import Basics
import Foundation
package import Platform
package import ProviderKit

/// How far an upload in parts has come: kept by the caller, it lets another process go on.
package struct LargeUpload: Hashable, Sendable, Codable {
    package var id: UploadID
    package var partSize: Int64
    /// The parts that arrived, in the order of the file.
    package var partIDs: [String]
    /// The provider forgets an upload two hours after its creation.
    package var expires: UnixTime?

    package init(id: UploadID, partSize: Int64, partIDs: [String], expires: UnixTime?) {
        self.id = id
        self.partSize = partSize
        self.partIDs = partIDs
        self.expires = expires
    }

    package static let partSize: Int64 = 64 << 20
}

extension FilesClient {
    /// Sends a large file part by part. A part is sent again after a cut: only parts named at the end count.
    /// - Parameters:
    ///   - resuming: how far an earlier attempt came.
    ///   - save: told of each part that has arrived; what it throws ends the upload.
    /// - Returns: the file. After a `ProviderError` with outcome `unknown` it may exist: look with `list`.
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
                    // What a form adds around a part is not counted.
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

    /// Gives an upload up; one that is gone already is no error.
    package func cancelUpload(_ id: UploadID) async throws {
        do {
            _ = try await connection.call(
                "cancel upload \(id)", .repeatable, connection.post(url(id, "/cancel")))
        } catch let error as ProviderError where error.isNotFound {
            return
        }
    }

    private func begin(_ file: FileToUpload, partSize: Int64) async throws -> LargeUpload {
        let request = try connection.json(
            .post, endpoint.url("/uploads"),
            body: UploadCreateRequest(
                purpose: file.purpose, filename: file.filename, bytes: Int(file.bytes), mimeType: file.contentType))
        // A second upload that nobody completes leaves nothing behind.
        let upload: Upload = try await connection.call("begin upload of \(file.filename)", .repeatable, request)
        return LargeUpload(id: upload.id, partSize: partSize, partIDs: [], expires: upload.expiresAt)
    }

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
