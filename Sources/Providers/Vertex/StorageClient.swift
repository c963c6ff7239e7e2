// Uploads to Cloud Storage, exactly once, and reads from it.

import Basics
import Foundation
import Platform
import ProviderKit
import Synchronization
import VertexWire

/// The calls to Cloud Storage. Throws `ProviderError` or `CancellationError`.
struct StorageClient: Sendable {
    let connection: ProviderConnection
    var endpoint: VertexEndpoint

    /// The metadata key with the digest of the bytes.
    static let digestKey = "assay-sha256"
    /// The metadata key with the size of the local file, which differs where an upload replaces images by addresses.
    static let sourceBytesKey = "assay-source-bytes"

    /// Larger files are sent in chunks, in bytes.
    private static let singleLimit: Int64 = 8 << 20
    /// The size of a chunk: a multiple of 256 KiB.
    private static let chunk: Int64 = 16 << 20
    /// The maximum number of times that a chunk is interrupted.
    private static let interruptions = 20

    /// The content of an upload.
    struct Upload: Sendable {
        var path: String
        var bytes: Int64
        var target: StorageAddress
        var contentType: String
        var digest: Digest
        /// Base64 of the CRC-32C, which the service compares with the received bytes.
        var crc32c: String
        var sourceBytes: Int64

        /// Reads the file once for its digests.
        init(path: String, target: StorageAddress, contentType: String, sourceBytes: Int64? = nil) throws {
            self.path = path
            self.target = target
            self.contentType = contentType
            let file = try OpenFile(reading: path, limit: FileSizeLimit.archive)
            defer { file.close() }
            var builder = DigestBuilder()
            var crc = CRC32C()
            var bytes: Int64 = 0
            while true {
                let piece = try file.read(upTo: 1 << 20)
                if piece.isEmpty { break }
                builder.update(piece)
                crc.update(piece)
                bytes += Int64(piece.count)
            }
            digest = builder.finish()
            crc32c = crc.base64
            self.bytes = bytes
            self.sourceBytes = sourceBytes ?? bytes
        }

        /// The description that travels with the bytes.
        fileprivate var object: StorageObject {
            StorageObject {
                $0.name = target.name
                $0.contentType = contentType
                $0.crc32c = crc32c
                $0.metadata = [
                    StorageClient.digestKey: digest.hex, StorageClient.sourceBytesKey: String(sourceBytes),
                ]
            }
        }
    }

    /// The description of an object; `nil` if there is none.
    func find(_ address: StorageAddress) async throws -> StorageObject? {
        do {
            let answer = try await connection.call(
                "look for \(address)", .repeatable, connection.get(endpoint.url(of: address)))
            return try StorageObject(proto: answer.response.body)
        } catch let error as ProviderError where error.isNotFound {
            return nil
        } catch is DecodingError {
            throw ProviderError.unreadable(
                operation: "look for \(address)", status: 200, reason: "the reply does not describe an object")
        }
    }

    /// Uploads a file unless an object of the name exists. An existing object with the same content is adopted.
    /// - Parameters:
    ///   - progressPath: records an upload in chunks, so that another process can resume it; `nil` for files that are
    ///     always sent at once.
    /// - Throws: `StorageConflict` if an object of the name has another content.
    func upload(
        _ upload: Upload, progressPath: String?, progress: @escaping @Sendable (Double) -> Void
    ) async throws {
        do {
            if upload.bytes <= StorageClient.singleLimit || progressPath == nil {
                try await send(upload, progress)
            } else if let progressPath {
                try await sendInChunks(upload, progressPath, progress)
                try? FileManager.default.removeItem(atPath: progressPath)
            }
        } catch let error as ProviderError where error.status == 412 {
            // It exists, either from an earlier run or from an upload with a lost reply.
            try await adopt(upload, error)
        } catch let error as ProviderError where error.isNotFound && endpoint.createsBucket {
            try await createBucket()
            var second = self
            second.endpoint.createsBucket = false
            try await second.upload(upload, progressPath: progressPath, progress: progress)
        }
    }

    private func createBucket() async throws {
        let url = appendingQuery([("project", endpoint.project)], to: "\(endpoint.storage)/storage/v1/b")
        do {
            _ = try await connection.call(
                "create bucket", .repeatable, connection.json(.post, url, body: ["name": endpoint.bucket]))
        } catch let error as ProviderError where error.status == 409 {
            // Another upload created it at the same moment.
        }
    }

    private func adopt(_ upload: Upload, _ error: ProviderError) async throws {
        guard let object = try await find(upload.target) else { throw error }
        let isSame =
            object.size?.value.map(Int64.init) == upload.bytes
            && (object.metadata?[StorageClient.digestKey].map { $0 == upload.digest.hex }
                ?? (object.crc32c.map { $0 == upload.crc32c } ?? false))
        guard isSame else { throw StorageConflict(address: upload.target) }
    }

    /// One request. The precondition makes it safe to repeat: a second attempt finds the object of the first.
    private func send(_ upload: Upload, _ progress: @escaping @Sendable (Double) -> Void) async throws {
        let boundary = connection.boundary()
        let description = try JSONValue(encoding: upload.object).canonical
        let head =
            "--\(boundary)\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n\(description)\r\n--\(boundary)\r\n"
            + "content-type: \(upload.contentType)\r\n\r\n"
        let request = HTTPRequestValue(
            .post, address(of: upload, type: "multipart"),
            fields: ["content-type": "multipart/related; boundary=\(boundary)", "accept": "application/json"],
            body: [
                .bytes(Data(head.utf8)), .file(path: upload.path, offset: 0, count: upload.bytes),
                .bytes(Data("\r\n--\(boundary)--\r\n".utf8)),
            ], timeout: nil, onProgress: { progress(Double($0.sent) / Double(max(1, $0.toSend))) })
        let answer = try await connection.call("upload \(upload.target)", .repeatable, request)
        try await check(answer.response, upload)
    }

    private func address(of upload: Upload, type: String) -> String {
        appendingQuery(
            [("uploadType", type), ("name", upload.target.name), ("ifGenerationMatch", "0")],
            to: "\(endpoint.storage)/upload/storage/v1/b/\(percentEncoded(upload.target.bucket))/o")
    }

    /// Compares the stored object with the sent one.
    /// - Throws: `ProviderError.unreadable` for an answer that does not describe the object, such as a proxy's login page:
    ///   it does not prove that anything was stored.
    private func check(_ response: HTTPResponseValue, _ upload: Upload) async throws {
        guard let object = try? StorageObject(proto: response.body), object.size?.value != nil || object.crc32c != nil,
            object.name.map({ $0 == upload.target.name }) ?? true
        else {
            throw ProviderError.unreadable(
                operation: "upload \(upload.target)", status: response.status, reason: await connection.beginning(of: response))
        }
        let differs =
            object.size?.value.map { Int64($0) != upload.bytes } ?? false
            || object.crc32c.map { $0 != upload.crc32c } ?? false
        if differs {
            throw ProviderError.fileRefused(
                id: "\(upload.target)", name: upload.target.name, status: nil,
                reason: "the stored bytes differ from the uploaded ones")
        }
    }

    // MARK: Uploads in chunks

    /// A begun upload. Its address is as good as a key, so the file is readable by its owner only.
    private struct Session: Codable {
        var target: String
        var digest: String
        var address: String
    }

    private func sendInChunks(
        _ upload: Upload, _ progressPath: String, _ progress: @escaping @Sendable (Double) -> Void
    ) async throws {
        var session = try await resumable(upload, progressPath)
        var sent: Int64 = 0
        if let known = session {
            switch try await state(of: known.address, upload) {
            case .stored: return
            case .partial(let bytes): sent = bytes
            case .gone: session = nil
            }
        }
        var restarts = 0
        while true {
            let current: Session
            if let session {
                current = session
            } else {
                current = try await begin(upload)
                sent = 0
                session = current
                try save(current, to: progressPath)
            }
            switch try await send(upload, from: sent, to: current.address, progress) {
            case .stored: return
            case .partial(let bytes): sent = bytes
            case .gone:
                restarts += 1
                guard restarts < 3 else {
                    throw ProviderError.fileNotReady(id: "\(upload.target)", waited: 0)
                }
                session = nil
            }
        }
    }

    private func resumable(_ upload: Upload, _ progressPath: String) async throws -> Session? {
        guard let data = try? LocalFileSystem().read(progressPath, limit: FileSizeLimit.text),
            let session = try? Session(json: data), session.target == "\(upload.target)",
            session.digest == upload.digest.hex, isOwn(session.address)
        else { return nil }
        return session
    }

    private func save(_ session: Session, to path: String) throws {
        let data = Data(try JSONValue(encoding: session).canonicalBytes)
        try? FileManager.default.removeItem(atPath: path)
        FileManager.default.createFile(atPath: path, contents: data, attributes: [.posixPermissions: 0o600])
    }

    /// Whether an address belongs to the storage server; the token is sent nowhere else.
    private func isOwn(_ address: String) -> Bool {
        guard let found = try? ServerAddress(address), let own = try? ServerAddress(base: endpoint.storage) else {
            return false
        }
        return found.host == own.host && found.port == own.port && found.isSecure == own.isSecure
    }

    private func begin(_ upload: Upload) async throws -> Session {
        var request = try connection.json(.post, address(of: upload, type: "resumable"), body: upload.object)
        request.fields["x-upload-content-type"] = upload.contentType
        request.fields["x-upload-content-length"] = String(upload.bytes)
        // A session without bytes costs nothing, so beginning a second one is harmless.
        let answer = try await connection.call("begin upload of \(upload.target)", .repeatable, request)
        guard let address = answer.response.fields["location"], isOwn(address) else {
            throw ProviderError.unreadable(
                operation: "begin upload of \(upload.target)", status: answer.response.status,
                reason: "the reply does not name an upload on the same server")
        }
        return Session(target: "\(upload.target)", digest: upload.digest.hex, address: address)
    }

    private enum SessionState {
        case stored
        case partial(Int64)
        case gone
    }

    /// Sends the rest of the file chunk by chunk. After an interruption it asks how much has arrived.
    private func send(
        _ upload: Upload, from start: Int64, to address: String, _ progress: @escaping @Sendable (Double) -> Void
    ) async throws -> SessionState {
        var sent = start
        var interruptions = 0
        while true {
            if sent >= upload.bytes {
                // All bytes have arrived, but the server has not created the object yet.
                interruptions += 1
                guard interruptions < StorageClient.interruptions else {
                    throw ProviderError.fileNotReady(id: "\(upload.target)", waited: 0)
                }
                try await connection.clock.sleep(seconds: Double(min(30, 1 << min(interruptions, 5))))
                let state = try await self.state(of: address, upload)
                guard case .partial(let bytes) = state else { return state }
                sent = bytes
                continue
            }
            let count = min(StorageClient.chunk, upload.bytes - sent)
            let offset = sent
            let range = "bytes \(sent)-\(sent + count - 1)/\(upload.bytes)"
            let request = HTTPRequestValue(
                .put, address, fields: ["content-type": upload.contentType, "content-range": range],
                body: [.file(path: upload.path, offset: sent, count: count)], timeout: nil,
                onProgress: { progress(Double(offset + $0.sent) / Double(upload.bytes)) })
            do {
                let state = try await chunk(request, upload)
                guard case .partial(let bytes) = state else { return state }
                if bytes <= sent { interruptions += 1 }
                sent = bytes
            } catch let error as ProviderError where error.isTransient && interruptions < StorageClient.interruptions {
                interruptions += 1
                try await connection.clock.sleep(seconds: Double(min(30, 1 << min(interruptions, 5))))
                let state = try await self.state(of: address, upload)
                guard case .partial(let bytes) = state else { return state }
                sent = bytes
            }
            guard interruptions < StorageClient.interruptions else {
                throw ProviderError.fileNotReady(id: "\(upload.target)", waited: 0)
            }
        }
    }

    /// The progress of an upload at the server.
    private func state(of address: String, _ upload: Upload) async throws -> SessionState {
        let request = HTTPRequestValue(.put, address, fields: ["content-range": "bytes */\(upload.bytes)"])
        return try await chunk(request, upload, kind: .repeatable)
    }

    /// Sends one chunk, or none, and reads the server's state: 308 with a range, or the complete object.
    private func chunk(
        _ request: HTTPRequestValue, _ upload: Upload, kind: CallKind = .create
    ) async throws -> SessionState {
        let range = Mutex<String?>(nil)
        do {
            let answer = try await connection.call(
                "upload \(upload.target)", kind, request,
                after: { response in
                    if response.status == 308 { range.withLock { $0 = response.fields["range"] ?? "" } }
                })
            try await check(answer.response, upload)
            return .stored
        } catch let error as ProviderError where error.status == 308 {
            // `bytes=0-N`; absent if nothing has arrived.
            let text = range.withLock { $0 } ?? ""
            guard let last = text.firstMatch(of: #/^bytes=0-(\d+)$/#).flatMap({ Int64($0.output.1) }) else {
                return .partial(0)
            }
            // The number is the server's: the largest one has no successor.
            return .partial(min(last, upload.bytes - 1) + 1)
        } catch let error as ProviderError where error.status == 404 || error.status == 410 {
            return .gone
        }
    }

    // MARK: Reading

    /// All objects below a folder.
    func list(prefix: StorageAddress) async throws -> [StorageObject] {
        var objects: [StorageObject] = []
        var pages = ListPages(operation: "list \(prefix)")
        repeat {
            let url = appendingQuery(
                [("prefix", prefix.name)] + pages.query,
                to: "\(endpoint.storage)/storage/v1/b/\(percentEncoded(prefix.bucket))/o")
            let answer = try await connection.call("list \(prefix)", .repeatable, connection.get(url))
            guard let page = try? StorageObjectList(proto: answer.response.body) else {
                throw ProviderError.unreadable(
                    operation: "list \(prefix)", status: answer.response.status,
                    reason: await connection.beginning(of: answer.response))
            }
            objects += page.items ?? []
            try pages.advance(to: page.nextPageToken, after: answer.response.body.count)
        } while !pages.areComplete
        return objects
    }

    /// The maximum size of a downloaded object, in bytes: more than the results of the largest batch with its images.
    static let maxDownloadBytes: Int64 = 8 << 30

    /// Downloads an object to a path.
    /// - Parameters:
    ///   - bytes: the object's size, compared with the file's; `nil` if not known.
    ///   - limit: a larger object is an error.
    func download(
        _ address: StorageAddress, bytes: Int64?, to path: String, limit: Int64 = StorageClient.maxDownloadBytes
    ) async throws {
        let request = HTTPRequestValue(
            .get, appendingQuery([("alt", "media")], to: endpoint.url(of: address)),
            destination: .file(path: path, offset: 0, limit: limit), timeout: nil)
        _ = try await connection.call("download \(address)", .repeatable, request)
        let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber
        if let bytes, let size, size.int64Value != bytes {
            throw ProviderError.unreadable(
                operation: "download \(address)", status: 200,
                reason: "\(size.int64Value) of \(bytes) bytes arrived")
        }
    }

    /// Deletes an object; no error if it does not exist.
    func delete(_ address: StorageAddress) async throws {
        do {
            _ = try await connection.call(
                "delete \(address)", .repeatable, HTTPRequestValue(.delete, endpoint.url(of: address)))
        } catch let error as ProviderError where error.isNotFound {
            return
        }
    }
}

/// An object of the name exists and has another content. It is not changed.
struct StorageConflict: Error, Hashable, CustomStringConvertible {
    let address: StorageAddress

    var description: String {
        "\(address) exists with different content, although its name contains this file's digest. It was not "
            + "changed: delete it, or name another folder in 'bucket'"
    }
}

/// The checksum of Cloud Storage (CRC-32C, Castagnoli).
struct CRC32C {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0x82F6_3B78 : value >> 1 }
    }

    private var state: UInt32 = 0xFFFF_FFFF

    mutating func update(_ data: Data) {
        var state = self.state
        CRC32C.table.withUnsafeBufferPointer { table in
            data.withUnsafeBytes { bytes in
                for byte in bytes { state = table[Int((state ^ UInt32(byte)) & 0xFF)] ^ state >> 8 }
            }
        }
        self.state = state
    }

    /// Base64 of the checksum in big-endian order.
    var base64: String {
        let sum = ~state
        return Data([24, 16, 8, 0].map { UInt8(truncatingIfNeeded: sum >> UInt32($0)) }).base64EncodedString()
    }
}
