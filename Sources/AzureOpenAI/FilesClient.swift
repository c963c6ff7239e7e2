// The Files API: upload, wait for processing, list, download and delete.

package import AzureWire
import Basics
package import Foundation
package import Platform
package import ProviderKit

/// A local file with the form fields of its upload. Its bytes are streamed, not loaded.
package struct FileToUpload: Hashable, Sendable {
    /// The local path, read while sending.
    package var path: String
    /// The size of the file at that path.
    package var bytes: Int64
    /// The file's name at the provider.
    package var filename: String
    /// Decides which check the provider applies.
    package var purpose: FilePurpose
    /// The media type stated in the form.
    package var contentType: String
    /// `nil` keeps the file until it is deleted; check `ProviderEndpoint.supportsExpiry` first.
    package var expiresAfter: ExpiresAfter?

    /// - Parameter filename: the name at the provider, by which the file is found again.
    package init(
        path: String, bytes: Int64, filename: String, purpose: FilePurpose, contentType: String = "application/jsonl",
        expiresAfter: ExpiresAfter? = nil
    ) {
        self.path = path
        self.bytes = bytes
        self.filename = filename
        self.purpose = purpose
        self.contentType = contentType
        self.expiresAfter = expiresAfter
    }
}

/// Why a downloaded file is not, or not yet, the file that was asked for.
package struct DownloadDefect: Hashable, Sendable {
    /// The reason, in the words of an error message.
    package var reason: String
    /// Whether such a file is useless; otherwise its content is used after the last attempt.
    package var isFatal: Bool

    /// - Parameter reason: worded to follow the name of the file, such as `the server sent a web page`.
    package init(_ reason: String, isFatal: Bool) {
        self.reason = reason
        self.isFatal = isFatal
    }
}

/// Calls the Files API of one account. Throws `ProviderError` or `CancellationError`.
package struct FilesClient: Sendable {
    let connection: ProviderConnection
    let endpoint: ProviderEndpoint

    /// Files above this size in bytes are sent in parts: a form of about 150 MB appears to succeed, and the job that
    /// uses it fails later.
    package static let formLimit: Int64 = 100 << 20

    /// The maximum size of a downloaded file in bytes, such as a batch's answers; providers do not produce larger
    /// ones.
    package static let maxDownloadBytes: Int64 = 8 << 30

    /// Sends nothing.
    package init(connection: ProviderConnection, endpoint: ProviderEndpoint) {
        self.connection = connection
        self.endpoint = endpoint
    }

    /// Uploads a small file in one form. Repeated only if the first attempt certainly had no effect. After a
    /// `ProviderError` with outcome `unknown`, use `list` to look for its name.
    package func upload(
        _ file: FileToUpload, onProgress: (@Sendable (HTTPProgress) -> Void)? = nil
    ) async throws -> FileObject {
        var form = MultipartForm(boundary: connection.boundary())
        form.add("purpose", file.purpose.rawValue)
        if let expiry = file.expiresAfter {
            form.add(ExpiresAfter.anchorField, expiry.anchor)
            form.add(ExpiresAfter.secondsField, String(expiry.seconds))
        }
        form.add(
            "file", filename: file.filename, contentType: file.contentType,
            .file(path: file.path, offset: 0, count: file.bytes))
        let request = HTTPRequestValue(
            .post, endpoint.url("/files"),
            fields: ["content-type": form.contentType, "accept": "application/json"], body: form.body, timeout: nil,
            onProgress: onProgress)
        return try await connection.call("upload \(file.filename)", .create, request)
    }

    /// The metadata of a file, including its processing state.
    package func get(_ id: FileID) async throws -> FileObject {
        try await connection.call(
            "get file \(id)", .repeatable, connection.get(endpoint.url("/files/\(pathSegment(id.text))")))
    }

    /// All files, or those of one purpose.
    package func list(purpose: FilePurpose? = nil) async throws -> [FileObject] {
        let filter = purpose.map { [("purpose", $0.rawValue)] } ?? []
        // The stable Azure versions support neither `limit` nor `after` here and send everything at once.
        return try await connection.pages("list files", limit: nil, id: { (file: FileObject) in file.id.text }) {
            endpoint.url("/files", query: filter + $0)
        }
    }

    /// Deletes a file; no error if it does not exist.
    package func delete(_ id: FileID) async throws {
        let request = try HTTPRequestValue(
            .delete, endpoint.url("/files/\(pathSegment(id.text))"), fields: ["accept": "application/json"])
        do {
            _ = try await connection.call("delete file \(id)", .repeatable, request)
        } catch let error as ProviderError where error.isNotFound {
            return
        }
    }

    /// Downloads a file to a path, replacing any file there. An interrupted download restarts. A file that is not
    /// there yet, that has no content yet, or that arrives shorter than the provider states is requested again for
    /// half a minute, because a finished job may name its files before they can be read. Secrets that the server
    /// echoed are redacted.
    /// - Parameter defect: examines the downloaded file; a reason to request it again, which is the reason of the
    ///   error if the file stays like that.
    package func download(
        _ id: FileID, to path: String, defect: (_ path: String) throws -> DownloadDefect? = { _ in nil }
    ) async throws {
        let operation = "download file \(id)"
        let request = try HTTPRequestValue(
            .get, contentURL(id), destination: .file(path: path, offset: 0, limit: FilesClient.maxDownloadBytes),
            timeout: nil, redirects: .anywhere)
        var waits = FilesClient.lateFileWaits[...]
        while true {
            do {
                // Any other success, such as 202 or 204, has no content.
                let response = try await connection.call(
                    operation, .repeatable, request,
                    check: { response in
                        [200, 206].contains(response.status)
                            ? nil
                            : .noAnswer(operation: operation, status: response.status, reason: "the file has no content yet")
                    }
                ).response
                try FilesClient.unpack(path)
                let isShort = try await isShorterThanStated(id, path, response)
                let found = try defect(path)
                guard !waits.isEmpty, isShort || found != nil else {
                    if let found, found.isFatal {
                        let reason = await connection.credential.redacted(found.reason)
                        throw ProviderError.noAnswer(operation: operation, status: response.status, reason: reason)
                    }
                    try await connection.credential.redact(fileAt: path)
                    return
                }
            } catch let error as ProviderError where error.isNotFound && !waits.isEmpty {
                // Tried again below.
            }
            try await connection.clock.sleep(seconds: waits.removeFirst())
        }
    }

    /// Seconds before each further attempt to read a file that is not there yet.
    private static let lateFileWaits: [Double] = [1, 2, 4, 8, 15]

    /// Whether a file is shorter than the provider states. Only a response without a length can be cut off unnoticed.
    private func isShorterThanStated(_ id: FileID, _ path: String, _ response: HTTPResponseValue) async throws -> Bool {
        guard response.fields["content-length"] == nil, response.fields["transfer-encoding"] == nil,
            let size = try LocalFileSystem().status(path)?.size
        else { return false }
        do {
            return try await get(id).bytes.map { size < Int64($0) } ?? false
        } catch is ProviderError {
            // Many servers cannot report on a single file.
            return false
        }
    }

    /// The maximum decompressed size of a file in bytes: ten times the largest file that a provider writes.
    private static let unpackedLimit = 10 << 30

    /// Decompresses a downloaded file in place if the server compressed it.
    private static func unpack(_ path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else { return }
        defer { try? handle.close() }
        guard let start = try handle.read(upToCount: 3), Gzip.isGzip(start) else { return }
        let packed = path + ".gz"
        try FileManager.default.moveItem(atPath: path, toPath: packed)
        defer { try? FileManager.default.removeItem(atPath: packed) }
        try Gzip.unpack(packed, to: path, limit: unpackedLimit)
    }

    /// The content of a small file, in memory.
    package func content(_ id: FileID) async throws -> Data {
        let request = try HTTPRequestValue(.get, contentURL(id), timeout: nil, redirects: .anywhere)
        return try await connection.call("download file \(id)", .repeatable, request).response.body
    }

    private func contentURL(_ id: FileID) throws(ProviderError) -> String {
        endpoint.url("/files/\(try pathSegment(id.text))/content")
    }

    /// Waits until the provider has processed a file: Azure rejects batches and jobs that use an unprocessed one.
    /// Throws `ProviderError.fileRefused` or `.fileNotReady`.
    /// - Parameters:
    ///   - uploaded: the response to the upload, used for servers that cannot report on a single file.
    ///   - interval: seconds between polls.
    ///   - limit: the maximum wait in seconds.
    ///   - note: receives messages for the user, such as an undocumented status.
    package func waitUntilProcessed(
        _ id: FileID, uploaded: FileObject? = nil, interval: Double = 5, limit: Double = 1800,
        note: (String) -> Void = { _ in }
    ) async throws -> FileObject {
        let start = await connection.clock.now()
        while true {
            let file: FileObject
            do {
                file = try await get(id)
            } catch let error as ProviderError where error.isNoSuchOperation && uploaded != nil {
                guard let uploaded else { throw error }
                // The response to the upload is all that this server reports. If the file is not ready, the call that
                // uses it fails and is repeated.
                if uploaded.status?.phase == .failed { throw uploaded.refusal }
                note("this server cannot report the status of \(id) (HTTP \(error.status ?? 0)); assuming that the file is ready")
                return uploaded
            }
            let waited = await connection.clock.now().timeIntervalSince(start)
            switch file.status {
            // Servers that omit the status need no processing time.
            case nil: return file
            // OpenAI's deprecated word for a usable file.
            case .uploaded? where !endpoint.isAzure: return file
            case let status?:
                switch status.phase {
                case .ready: return file
                case .failed: throw file.refusal
                case .working: break
                case .unknown where waited >= FilesClient.unknownStatusLimit:
                    let word = ProviderText.line(status.rawValue, limit: ProviderText.wordLimit)
                    note(
                        "\(id) has had the undocumented status '\(word)' for \(ProviderError.length(of: waited)); assuming that the file is ready"
                    )
                    return file
                case .unknown: break
                }
            }
            guard waited < limit else { throw ProviderError.fileNotReady(id: id.text, waited: waited) }
            try await connection.clock.sleep(seconds: interval)
        }
    }

    /// Seconds after which a file with an undocumented status is assumed to be ready.
    private static let unknownStatusLimit = 60.0
}

extension FileObject {
    /// The error for a file that the provider rejects.
    fileprivate var refusal: ProviderError {
        .fileRefused(id: id.text, name: filename, status: status?.rawValue, reason: statusDetails)
    }
}
