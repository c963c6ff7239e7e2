// Uploads to the emulated Cloud Storage: media, multipart and resumable.
//
// The preconditions of an upload are checked when it starts and again when its object would be created, so that of two
// uploads of one name with `ifGenerationMatch=0` exactly one succeeds.

import Basics
import EmulatorCore
import Foundation

extension EmulatedProject {
    private static let maxMetadataBytes = 1 << 20

    /// `POST /upload/storage/v1/b/{bucket}/o` with all bytes in one request.
    func insertObject(_ call: GoogleCall) async throws -> Reply {
        let bucket = try bucket(call.route.ids[0]).name
        let conditions = try StorageConditions(call.query)
        if let name = call.query["name"] { try conditions.check(objects[bucket]?[name]) }
        let place = folder.incoming(.objects)
        defer { try? FileManager.default.removeItem(at: place) }
        var head: ObjectHead
        let sums: Checksums
        if call.query["uploadType"] == "multipart" {
            let metadata: JSONValue
            let contentType: String?
            (metadata, contentType, sums) = try await receiveParts(call, into: place)
            head = try ObjectHead(metadata, name: call.query["name"])
            head.contentType = head.contentType ?? contentType
            try note(metadata, of: call)
        } else {
            head = try ObjectHead([:], name: call.query["name"])
            head.contentType = call.request.headers["content-type"]
            sums = try await receive(call.request.body, into: place)
        }
        head.add(hashes: call.request.headers["x-goog-hash"])
        try head.check(sums)
        let now = await clock.now()
        // No suspension point follows, so check and store are atomic for all other requests.
        try conditions.check(objects[bucket]?[head.name])
        let object = try store(head, in: bucket, content: place, sums: sums, at: now)
        return try Reply(200, object.described(call.origin))
    }

    private func receive(_ body: ReceivedBody, into place: URL) async throws -> Checksums {
        let file = try FileHandle.truncating(place)
        defer { try? file.close() }
        var sums = Checksums()
        for try await piece in body {
            let data = Data(piece)
            sums.add(data)
            try file.write(contentsOf: data)
        }
        return sums
    }

    /// Receives `multipart/related`: the object's metadata as JSON, then its bytes.
    private func receiveParts(_ call: GoogleCall, into place: URL) async throws -> (JSONValue, String?, Checksums) {
        do {
            var parser = try MultipartParser(
                contentType: call.request.headers["content-type"], kind: "multipart/related")
            let file = try FileHandle.truncating(place)
            defer { try? file.close() }
            var metadata = Data()
            var contentType: String?
            var sums = Checksums()
            var parts = 0
            for try await piece in call.request.body {
                for event in try parser.push(piece) {
                    switch event {
                    case .part(let headers):
                        parts += 1
                        if parts == 2 { contentType = headers.contentType }
                    case .data(let bytes) where parts == 1:
                        metadata += bytes
                        guard metadata.count <= Self.maxMetadataBytes else { throw MultipartParser.ParseError.malformedPart }
                    case .data(let bytes):
                        let data = Data(bytes)
                        sums.add(data)
                        try file.write(contentsOf: data)
                    case .endOfPart, .end: break
                    }
                }
            }
            try parser.finish()
            guard parts == 2, let json = try? JSONValue(parsing: metadata) else {
                throw GoogleError.invalid("Bad multipart body: expected metadata in JSON and one part of content.")
            }
            return (json, contentType, sums)
        } catch is MultipartParser.ParseError {
            throw GoogleError.invalid("Bad multipart body.")
        }
    }

    /// Records the metadata of a multipart upload for checks against the reference.
    private func note(_ metadata: JSONValue, of call: GoogleCall) throws {
        guard settings.recordsBodies else { return }
        let line: JSONValue = [
            "path": .string(call.request.path), "query": .string(call.request.queryText), "metadata": metadata,
        ]
        let handle = try FileHandle.appending(to: folder.recordedForms)
        try handle.write(contentsOf: Data(line.canonical.utf8) + [10])
        try handle.close()
    }

    // MARK: Resumable uploads

    /// `POST …?uploadType=resumable`: starts a session, whose URI is in `Location`.
    func startUpload(_ call: GoogleCall) async throws -> Reply {
        let bytes = try await call.request.body.bytes(limit: Self.maxMetadataBytes)
        guard let json = bytes.isEmpty ? [:] : try? JSONValue(parsing: bytes) else {
            throw GoogleError.invalid("Parse Error")
        }
        let now = await clock.now()
        let bucket = try bucket(call.route.ids[0]).name
        var head = try ObjectHead(json, name: call.query["name"])
        head.contentType = head.contentType ?? call.request.headers["x-upload-content-type"]
        let conditions = try StorageConditions(call.query)
        try conditions.check(objects[bucket]?[head.name])
        let total = try call.request.headers["x-upload-content-length"].map { text throws(GoogleError) in
            guard let total = Int(text), total >= 0 else { throw .invalid("Invalid X-Upload-Content-Length.") }
            return total
        }
        let session = UploadSession(
            id: "ABg5-" + UUID().uuidString.lowercased(), bucket: bucket, head: head, conditions: conditions, total: total,
            createdAt: now)
        try FileHandle.truncating(part(of: session)).close()
        try save(session)
        let name = head.name.addingPercentEncoding(withAllowedCharacters: .urlSegment) ?? head.name
        return Reply(
            200,
            headers: [
                "Location": "\(call.origin)/upload/storage/v1/b/\(bucket)/o?uploadType=resumable&name=\(name)"
                    + "&upload_id=\(session.id)",
                "X-GUploader-UploadID": session.id,
            ])
    }

    private func part(of session: UploadSession) throws -> URL {
        try folder.file(.uploads, SafeName(session.id), ".part")
    }

    private func held(_ session: UploadSession) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: part(of: session).path)
        return (attributes[.size] as? NSNumber)?.intValue ?? 0
    }

    private func session(_ call: GoogleCall, at now: Date) throws(GoogleError) -> UploadSession {
        guard let session = uploads[call.query["upload_id"] ?? ""], session.bucket == call.route.ids[0] else {
            throw .notFound("No such upload session.")
        }
        guard now.timeIntervalSince(session.createdAt) < UploadSession.life else {
            throw GoogleError(410, "NOT_FOUND", "The upload session has expired.", reason: "gone")
        }
        return session
    }

    private func incomplete(_ held: Int) -> Reply {
        Reply(308, headers: held == 0 ? [:] : ["Range": "bytes=0-\(held - 1)"])
    }

    /// `PUT` with `Content-Range: bytes */…` and no body: how much has been received.
    func uploadStatus(_ call: GoogleCall) async throws -> Reply {
        let session = try session(call, at: await clock.now())
        if let done = session.done { return try Reply(200, done.described(call.origin)) }
        let held = try held(session)
        let text = (call.request.headers["content-range"] ?? "").dropFirst("bytes */".count)
        // A known total that has already arrived completes the upload; otherwise, the client only asks for its state.
        if let total = Int(text), total == held, session.total ?? total == total {
            return try await complete(session, call)
        }
        return incomplete(held)
    }

    /// `DELETE` on a session: ends it.
    func cancelUpload(_ call: GoogleCall) async throws -> Reply {
        let session = try session(call, at: await clock.now())
        try end(session)
        return Reply(499)
    }

    private func end(_ session: UploadSession) throws {
        try? FileManager.default.removeItem(at: part(of: session))
        try folder.remove(.uploads, SafeName(session.id))
        uploads[session.id] = nil
    }

    /// `PUT` of a chunk, or of everything. The received part of an interrupted chunk is kept in whole units of 256 KiB;
    /// bytes that were received before are skipped.
    func putChunk(_ call: GoogleCall) async throws -> Reply {
        let session = try session(call, at: await clock.now())
        if let done = session.done { return try Reply(200, done.described(call.origin)) }
        guard receiving.insert(session.id).inserted else {
            throw GoogleError(503, "UNAVAILABLE", "Another request of this upload session is in progress.")
        }
        defer { receiving.remove(session.id) }
        let before = try held(session)
        let range = try ChunkRange(call.request.headers["content-range"], announced: session.total)
        guard range.first <= before else {
            throw GoogleError.invalid(
                "Invalid request. According to the Content-Range header, the upload offset is \(range.first) byte(s), "
                    + "which exceeds already uploaded size of \(before) byte(s).")
        }
        let file = try FileHandle.appending(to: part(of: session))
        defer { try? file.close() }
        var skip = before - range.first
        var received = 0
        do {
            for try await piece in call.request.body {
                received += piece.count
                let fresh = piece.dropFirst(skip)
                skip -= piece.count - fresh.count
                if !fresh.isEmpty { try file.write(contentsOf: Data(fresh)) }
            }
        } catch {
            let now = Int(try file.seekToEnd())
            try file.truncate(atOffset: UInt64(max(before, now - now % UploadSession.chunk)))
            throw error
        }
        let size = Int(try file.seekToEnd())
        let isLast = range.total.map { $0 == size } ?? (range.length == nil)
        if let length = range.length, length != received {
            try file.truncate(atOffset: UInt64(before))
            throw GoogleError.invalid(
                "Invalid request. The Content-Range names \(length) byte(s), and \(received) arrived.")
        }
        if let total = session.total ?? range.total, size > total || isLast && size != total {
            try file.truncate(atOffset: UInt64(before))
            throw GoogleError.invalid("Invalid request. The upload has \(size) byte(s) and not the \(total) announced.")
        }
        guard isLast else {
            guard received % UploadSession.chunk == 0 else {
                try file.truncate(atOffset: UInt64(before))
                throw GoogleError.invalid(
                    "Invalid request. There were \(received) byte(s) in the request body. A chunk that is not the last "
                        + "must be a multiple of \(UploadSession.chunk) bytes.")
            }
            return incomplete(size)
        }
        return try await complete(session, call)
    }

    private func complete(_ session: UploadSession, _ call: GoogleCall) async throws -> Reply {
        let place = try part(of: session)
        let sums = try await Task.detached { try Checksums.of(place) }.value
        var head = session.head
        head.add(hashes: call.request.headers["x-goog-hash"])
        let now = await clock.now()
        guard var current = uploads[session.id] else { throw GoogleError.notFound("No such upload session.") }
        if let done = current.done { return try Reply(200, done.described(call.origin)) }
        do {
            try head.check(sums)
            try session.conditions.check(objects[session.bucket]?[head.name])
        } catch {
            try end(session)
            throw error
        }
        let object = try store(head, in: session.bucket, content: place, sums: sums, at: now)
        current.done = object
        try save(current)
        return try Reply(200, object.described(call.origin))
    }
}

/// The range of a chunk: `bytes 0-524287/2000000`, an unknown total as `*`, or no header for everything at once.
struct ChunkRange: Hashable, Sendable {
    var first: Int
    /// Bytes of the chunk; `nil` for all bytes that come.
    var length: Int?
    /// Bytes of the object; `nil` if not known yet.
    var total: Int?

    init(_ header: String?, announced: Int?) throws(GoogleError) {
        guard let header else {
            (first, length, total) = (0, nil, announced)
            return
        }
        guard let match = header.wholeMatch(of: #/bytes (\d+)-(\d+)/(\d+|\*)/#), let first = Int(match.output.1),
            let last = Int(match.output.2), last >= first, last < .max
        else { throw .invalid("Failed to parse Content-Range header.") }
        self.first = first
        length = last - first + 1
        total = Int(match.output.3)
        if let total, let announced, total != announced {
            throw .invalid("Invalid request. The Content-Range names \(total) byte(s) in total, announced were \(announced).")
        }
        if let total, last >= total { throw .invalid("Failed to parse Content-Range header.") }
    }
}
