// Files and uploads.

import AzureWire
import Basics
import EmulatorCore
import Foundation

extension EmulatedAccount {
    private static let uploadable: [FilePurpose] = [.fineTune, .batch, .assistants, .evals]
    private static let minLifetime = 1_209_600
    private static let maxLifetime = 2_592_000
    private static let uploadLife = 7200

    /// The file, unless it has expired.
    func file(_ id: String, at now: Date) throws(ServiceError) -> FileRecord {
        guard let record = files[id], !record.isGone(at: now) else { throw .notFound("file", id) }
        return record
    }

    /// `POST /files`.
    func createFile(_ call: Call) async throws -> Reply {
        let form = try await ReceivedForm.receive(
            call.body, contentType: call.headers["content-type"], fileField: "file", limit: settings.limits.receivedBytes,
            into: folder)
        try note(form, call, "files")
        do {
            let now = await clock.now()
            try admitUpload(at: now)
            guard let file = form.files["file"] else {
                throw ServiceError.invalidPayload("The form has no file part named 'file'.", parameter: "file")
            }
            guard !file.name.isEmpty else {
                throw ServiceError.invalidPayload("The file has no or an empty file name specified.", parameter: "file")
            }
            guard let contentType = file.contentType, !contentType.isEmpty else {
                throw ServiceError.invalidPayload(
                    "The file has no or an empty content type specified.", parameter: "file")
            }
            let purpose = FilePurpose(form.fields["purpose"] ?? "")
            let life = try Self.life(form.fields)
            guard life == nil || call.isPreview else {
                throw ServiceError.invalidPayload(
                    "'expires_after' is not known to this api-version.", parameter: "expires_after")
            }
            var record = try newFile(
                bytes: file.bytes, name: file.name, purpose: purpose, contentType: contentType, life: life,
                isPreview: call.isPreview, at: now)
            if file.bytes > settings.limits.formBytes { record.isOverlong = true }
            try FileManager.default.moveItem(
                at: file.location, to: folder.content(of: record.object.id.fileName))
            try save(record)
            // Classic paths return 201 and the new file's location; v1 returns 200.
            if call.isVersionless { return try Reply(200, call.rendered(record.described(at: now))) }
            return try Reply(
                201, call.rendered(record.described(at: now)),
                headers: ["Location": "\(call.origin)/openai/files/\(record.object.id)?api-version=\(call.apiVersion)"])
        } catch {
            form.discard()
            throw error
        }
    }

    /// Counts a file against the limit of uploads per second. Throws 429 with the time to wait.
    private func admitUpload(at now: Date) throws(ServiceError) {
        uploadTimes.removeAll { now.timeIntervalSince($0) >= 1 }
        guard uploadTimes.count < settings.limits.uploadsPerSecond else {
            var error = ServiceError(
                429, "429",
                "Requests to the Files_Upload Operation have exceeded the rate limit. Please retry after 1 second.")
            error.headers["retry-after"] = "1"
            throw error
        }
        uploadTimes.append(now)
    }

    private func note(_ form: ReceivedForm, _ call: Call, _ path: String) throws {
        guard settings.recordsBodies else { return }
        let root = call.route.surface == .authoring ? "/openai/" : call.route.surface == .v1 ? "/openai/v1/" : "/v1/"
        try form.record(path: root + path, query: call.query, to: folder.recordedForms)
    }

    /// `expires_after`, in the reference's dotted names or the SDK's bracket notation.
    private static func life(_ fields: [String: String]) throws(ServiceError) -> Int? {
        let anchor = fields["expires_after.anchor"] ?? fields["expires_after[anchor]"]
        let seconds = fields["expires_after.seconds"] ?? fields["expires_after[seconds]"]
        guard anchor != nil || seconds != nil else { return nil }
        guard anchor == "created_at" else {
            throw .invalidPayload("'expires_after.anchor' must be 'created_at'.", parameter: "expires_after.anchor")
        }
        guard let life = seconds.flatMap({ Int($0) }), (minLifetime...maxLifetime).contains(life) else {
            throw .invalidPayload(
                "'expires_after.seconds' must be from \(minLifetime) to \(maxLifetime).",
                parameter: "expires_after.seconds")
        }
        return life
    }

    /// Checks purpose, size and quotas, and creates the record of an uploaded file.
    private func newFile(
        bytes: Int, name: String, purpose: FilePurpose, contentType: String, life: Int?, isPreview: Bool, at now: Date
    ) throws(ServiceError) -> FileRecord {
        guard Self.uploadable.contains(purpose), purpose != .evals || isPreview else {
            throw .invalidPayload("'\(purpose)' is not a purpose for an uploaded file.", parameter: "purpose")
        }
        let there = files.values.filter { $0.object.purpose == purpose && !$0.isGone(at: now) }
        let limits = settings.limits
        switch purpose {
        case .batch:
            guard bytes <= limits.batchFileBytes else {
                throw .invalidPayload("The file is larger than the \(limits.batchFileBytes) bytes of a batch file.")
            }
            let kept = there.filter { $0.object.expiresAt == nil }.count
            let isFull = life == nil ? kept >= limits.batchFiles : there.count >= limits.batchFilesWithExpiry
            guard !isFull else {
                throw ServiceError(
                    400, "quotaExceeded", "The resource already has the maximum number of batch files. Delete some first.")
            }
        case .fineTune:
            guard bytes <= limits.fineTuneFileBytes else {
                throw .invalidPayload(
                    "The file is larger than the \(limits.fineTuneFileBytes) bytes of a fine-tuning file.")
            }
            let total = there.compactMap(\.object.bytes).reduce(0, +)
            guard there.count < limits.fineTuneFiles, total + bytes <= limits.fineTuneBytes else {
                throw ServiceError(
                    400, "quotaExceeded", "The resource already has the maximum number of fine-tuning files. Delete some first.")
            }
        default: break
        }
        let id = FileID("file-" + Self.hexDigits())
        return FileRecord(
            object: FileObject(
                id: id, bytes: bytes, createdAt: UnixTime(now), filename: name, purpose: purpose, status: nil,
                expiresAt: life.map { UnixTime(now + Double($0)) }),
            contentType: contentType, createdAt: now, readyAt: now + settings.durations.fileProcessing)
    }

    /// Stores a file that the service produced; it is processed immediately.
    func addServiceFile(
        _ id: FileID, name: String, purpose: FilePurpose, content: URL, life: Int?, at now: Date
    ) throws {
        let place = try folder.content(of: id.fileName)
        if FileManager.default.fileExists(atPath: content.path) {
            try? FileManager.default.removeItem(at: place)
            try FileManager.default.moveItem(at: content, to: place)
        } else if !FileManager.default.fileExists(atPath: place.path) {
            try Data().write(to: place)
        }
        let bytes = try place.resourceValues(forKeys: [.fileSizeKey]).fileSize
        try save(
            FileRecord(
                object: FileObject(
                    id: id, bytes: bytes, createdAt: UnixTime(now), filename: name, purpose: purpose, status: nil,
                    expiresAt: life.map { UnixTime(now + Double($0)) }),
                contentType: "application/octet-stream", createdAt: now, readyAt: now))
    }

    /// `GET /files`.
    func listFiles(_ call: Call, hidingNewest stale: Double?) async throws -> Reply {
        let now = await clock.now()
        let purpose = call.query["purpose"].map { FilePurpose($0) }
        if let purpose, !purpose.isKnown {
            throw ServiceError.invalidPayload("'\(purpose)' is not a purpose.", parameter: "purpose")
        }
        let shown = files.values
            .filter { !$0.isGone(at: now) && (purpose == nil || $0.object.purpose == purpose) }
            .filter { $0.createdAt <= now - (stale ?? 0) || stale == nil }
            .sorted { ($0.createdAt, $0.object.id) > ($1.createdAt, $1.object.id) }
            .map { call.rendered($0.described(at: now)) }
        if call.isVersionless {
            let limit = call.query["limit"].flatMap { Int($0) } ?? max(1, shown.count)
            return try Reply(
                200, ListPage.page(shown, id: { $0.id.text }, after: call.query["after"], limit: max(1, limit)))
        }
        return try Reply(200, ListPage(data: shown))
    }

    /// `GET /files/{id}`.
    func getFile(_ call: Call) async throws -> Reply {
        let id = call.route.ids[0]
        let now = try await poll(files[id]?.due(after: await clock.now()))
        return try Reply(200, call.rendered(try file(id, at: now).described(at: now)))
    }

    /// `GET /files/{id}/content`.
    func fileContent(_ call: Call) async throws -> Reply {
        let now = await clock.now()
        let record = try file(call.route.ids[0], at: now)
        var reply = Reply(200, headers: ["Content-Type": "application/octet-stream"])
        reply.body = .file(try folder.content(of: record.object.id.fileName), 0..<(record.object.bytes ?? 0))
        return reply
    }

    /// `DELETE /files/{id}`.
    func deleteFile(_ call: Call) async throws -> Reply {
        let now = await clock.now()
        let record = try file(call.route.ids[0], at: now)
        let id = record.object.id
        try folder.remove(.files, id.fileName)
        try? FileManager.default.removeItem(at: folder.content(of: id.fileName))
        files[id.text] = nil
        return try Reply(200, FileDeletion(id: id))
    }

    // MARK: Uploads

    private func openUpload(_ id: String, at now: Date) throws(ServiceError) -> UploadRecord {
        guard let record = uploads[id] else { throw .notFound("upload", id) }
        let status = record.described(at: now).status
        guard status == .pending else {
            throw ServiceError(400, "unexpectedEntityState", "The upload '\(id)' is \(status).")
        }
        return record
    }

    /// `POST /uploads`.
    func createUpload(_ call: Call) async throws -> Reply {
        let request: UploadCreateRequest = try await call.json()
        let now = await clock.now()
        guard request.bytes > 0, request.bytes <= settings.limits.uploadBytes else {
            throw ServiceError.invalidPayload(
                "'bytes' must be from 1 to \(settings.limits.uploadBytes).", parameter: "bytes")
        }
        guard !request.filename.isEmpty, !request.mimeType.isEmpty else {
            throw ServiceError.invalidPayload("'filename' and 'mime_type' must not be empty.")
        }
        guard Self.uploadable.contains(request.purpose) else {
            throw ServiceError.invalidPayload(
                "'\(request.purpose)' is not a purpose for an uploaded file.", parameter: "purpose")
        }
        let record = UploadRecord(
            object: Upload(
                id: UploadID("upload-" + Self.hexDigits()), bytes: request.bytes, createdAt: UnixTime(now),
                expiresAt: UnixTime(now + Double(Self.uploadLife)), filename: request.filename,
                purpose: request.purpose, status: .pending),
            mimeType: request.mimeType)
        try save(record)
        return try Reply(200, record.object)
    }

    /// `POST /uploads/{id}/parts`.
    func addPart(_ call: Call) async throws -> Reply {
        let id = call.route.ids[0]
        _ = try openUpload(id, at: await clock.now())
        let form = try await ReceivedForm.receive(
            call.body, contentType: call.headers["content-type"], fileField: "data", limit: settings.limits.receivedBytes,
            into: folder)
        try note(form, call, "uploads/\(id)/parts")
        do {
            let now = await clock.now()
            var record = try openUpload(id, at: now)
            guard let file = form.files["data"] else {
                throw ServiceError.invalidPayload("The form has no part named 'data'.", parameter: "data")
            }
            let part = UploadRecord.Part(id: Self.hexDigits(), bytes: file.bytes)
            try FileManager.default.moveItem(at: file.location, to: folder.part(SafeName(part.id), of: SafeName(id)))
            record.parts.append(part)
            try save(record)
            return try Reply(
                200,
                UploadPart(id: part.id, uploadID: record.object.id, createdAt: UnixTime(now), azureBlockID: part.id))
        } catch {
            form.discard()
            throw error
        }
    }

    /// `POST /uploads/{id}/complete`: joins the parts in the requested order.
    func completeUpload(_ call: Call) async throws -> Reply {
        let request: UploadCompleteRequest = try await call.json()
        let now = await clock.now()
        let id = call.route.ids[0]
        var record = try openUpload(id, at: now)
        let parts = try request.partIDs.map { wanted in
            guard let part = record.parts.first(where: { $0.id == wanted }) else {
                throw ServiceError.invalidPayload("The upload has no part '\(wanted)'.", parameter: "part_ids")
            }
            return part
        }
        guard Set(request.partIDs).count == request.partIDs.count else {
            throw ServiceError.invalidPayload("A part is named twice.", parameter: "part_ids")
        }
        let total = parts.map(\.bytes).reduce(0, +)
        guard total == record.object.bytes else {
            throw ServiceError.invalidPayload(
                "The parts have \(total) bytes together, not the \(record.object.bytes ?? 0) announced.",
                parameter: "part_ids")
        }
        let file = try newFile(
            bytes: total, name: record.object.filename ?? "", purpose: record.object.purpose ?? .fineTune,
            contentType: record.mimeType, life: nil, isPreview: call.isPreview, at: now)
        let place = try folder.content(of: file.object.id.fileName)
        try Self.join(parts.map { try folder.part(SafeName($0.id), of: SafeName(id)) }, into: place)
        try save(file)
        record.object.status = .completed
        record.object.file = call.rendered(file.described(at: now))
        try save(record)
        discardParts(of: record)
        return try Reply(200, record.object)
    }

    /// `POST /uploads/{id}/cancel`.
    func cancelUpload(_ call: Call) async throws -> Reply {
        var record = try openUpload(call.route.ids[0], at: await clock.now())
        record.object.status = .cancelled
        try save(record)
        discardParts(of: record)
        return try Reply(200, record.object)
    }

    private func discardParts(of record: UploadRecord) {
        for part in record.parts {
            try? FileManager.default.removeItem(at: folder.part(SafeName(part.id), of: record.object.id.fileName))
        }
    }

    private static func join(_ parts: [URL], into place: URL) throws {
        let output = try FileHandle.truncating(place)
        for part in parts {
            let input = try FileHandle(forReadingFrom: part)
            while let chunk = try input.read(upToCount: 1 << 20), !chunk.isEmpty { try output.write(contentsOf: chunk) }
            try input.close()
        }
        try output.close()
    }
}
