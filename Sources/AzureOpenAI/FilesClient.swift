// Files: upload, wait until the provider is done with them, list, download, delete.

package import AzureWire
import Basics
package import Foundation
package import Platform
package import ProviderKit

/// A file on this machine, on its way to a provider.
package struct FileToUpload: Hashable, Sendable {
    package var path: String
    package var bytes: Int64
    /// The name that it gets at the provider.
    package var filename: String
    package var purpose: FilePurpose
    package var contentType: String
    package var expiresAfter: ExpiresAfter?

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

package struct FilesClient: Sendable {
    let connection: ProviderConnection
    let endpoint: ProviderEndpoint

    /// Above this many bytes a file goes in parts: a form of some 150 MB seems to succeed and fails its job later.
    package static let formLimit: Int64 = 100 << 20

    /// The most bytes of a downloaded file, such as the answers of a batch: no provider makes larger ones.
    package static let longestDownload: Int64 = 8 << 30

    package init(connection: ProviderConnection, endpoint: ProviderEndpoint) {
        self.connection = connection
        self.endpoint = endpoint
    }

    /// Sends a small file in one form. Not sent again unless the first attempt surely had no effect; after a
    /// `ProviderError` with outcome `unknown`, look with `list` for its name.
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

    package func get(_ id: FileID) async throws -> FileObject {
        try await connection.call(
            "get file \(id)", .repeatable, connection.get(endpoint.url("/files/\(pathSegment(id.text))")))
    }

    /// All files, or those of one purpose.
    package func list(purpose: FilePurpose? = nil) async throws -> [FileObject] {
        let filter = purpose.map { [("purpose", $0.rawValue)] } ?? []
        // The stable Azure versions know neither `limit` nor `after` here and send everything at once.
        return try await connection.pages("list files", limit: nil, id: { (file: FileObject) in file.id.text }) {
            endpoint.url("/files", query: filter + $0)
        }
    }

    /// Deletes a file; one that is gone already is no error.
    package func delete(_ id: FileID) async throws {
        let request = try HTTPRequestValue(
            .delete, endpoint.url("/files/\(pathSegment(id.text))"), fields: ["accept": "application/json"])
        do {
            _ = try await connection.call("delete file \(id)", .repeatable, request)
        } catch let error as ProviderError where error.isNotFound {
            return
        }
    }

    /// Downloads a file to a path, which is replaced. A download that breaks off is begun again.
    package func download(
        _ id: FileID, to path: String, onProgress: (@Sendable (HTTPProgress) -> Void)? = nil
    ) async throws {
        let request = try HTTPRequestValue(
            .get, contentURL(id), destination: .file(path: path, offset: 0, limit: FilesClient.longestDownload),
            timeout: nil, redirects: .anywhere, onProgress: onProgress)
        _ = try await connection.call("download file \(id)", .repeatable, request)
        try FilesClient.unpack(path)
        try await connection.credential.redact(fileAt: path)
    }

    /// The most bytes that a packed file may become: ten times the largest file that a provider writes.
    private static let unpackedLimit = 10 << 30

    /// Unpacks a downloaded file in place where the server packed it.
    private static func unpack(_ path: String) throws {
        guard let handle = FileHandle(forReadingAtPath: path) else { return }
        defer { try? handle.close() }
        guard let start = try handle.read(upToCount: 3), Gzip.isGzip(start) else { return }
        let packed = path + ".gz"
        try FileManager.default.moveItem(atPath: path, toPath: packed)
        defer { try? FileManager.default.removeItem(atPath: packed) }
        try Gzip.unpack(packed, to: path, limit: unpackedLimit)
    }

    /// The content of a small file.
    package func content(_ id: FileID) async throws -> Data {
        let request = try HTTPRequestValue(.get, contentURL(id), timeout: nil, redirects: .anywhere)
        return try await connection.call("download file \(id)", .repeatable, request).response.body
    }

    private func contentURL(_ id: FileID) throws(ProviderError) -> String {
        endpoint.url("/files/\(try pathSegment(id.text))/content")
    }

    /// Waits until the provider is done with a file: Azure refuses a batch or a job on one that it is not.
    /// Throws `ProviderError.fileRefused` or `.fileNotReady`.
    /// - Parameters:
    ///   - uploaded: the answer to the upload, for servers that cannot be asked about one file.
    ///   - interval: seconds between two looks.
    ///   - limit: seconds in all.
    ///   - note: is given what a person should know, such as a status that is not documented.
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
                // The answer to the upload is all that this server says. A file that is not ready makes the call that
                // names it fail, which is tried again.
                if uploaded.status?.phase == .failed { throw uploaded.refusal }
                note("this server cannot be asked about \(id) (HTTP \(error.status ?? 0)); taking the file as ready")
                return uploaded
            }
            let waited = await connection.clock.now().timeIntervalSince(start)
            switch file.status {
            // Servers without a status need no time.
            case nil: return file
            // OpenAI's old word for a file that can be used.
            case .uploaded? where !endpoint.isAzure: return file
            case let status?:
                switch status.phase {
                case .ready: return file
                case .failed: throw file.refusal
                case .working: break
                case .unknown where waited >= FilesClient.unknownStatusLimit:
                    let word = ProviderText.line(status.rawValue, limit: ProviderText.wordLimit)
                    note("\(id) has the status '\(word)', which is not documented, for \(ProviderError.length(of: waited)); taking the file as ready")
                    return file
                case .unknown: break
                }
            }
            guard waited < limit else { throw ProviderError.fileNotReady(id: id.text, waited: waited) }
            try await connection.clock.sleep(seconds: interval)
        }
    }

    /// Seconds after which a file with an undocumented status is taken as ready.
    private static let unknownStatusLimit = 60.0
}

extension FileObject {
    /// The error for a file that the provider does not want.
    fileprivate var refusal: ProviderError {
        .fileRefused(id: id.text, name: filename, status: status?.rawValue, reason: statusDetails)
    }
}
