// Uploads: a large file sent in parts.

package struct UploadStatus: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let pending: UploadStatus = "pending"
    package static let expired: UploadStatus = "expired"
    package static let completed: UploadStatus = "completed"
    package static let cancelled: UploadStatus = "cancelled"
    package static let known: [UploadStatus] = [pending, expired, completed, cancelled]
}

/// The body of `POST /uploads`. The parts must add up to `bytes`.
package struct UploadCreateRequest: Hashable, Sendable, Codable {
    package var purpose: FilePurpose
    package var filename: String
    package var bytes: Int
    package var mimeType: String

    package init(purpose: FilePurpose, filename: String, bytes: Int, mimeType: String) {
        self.purpose = purpose
        self.filename = filename
        self.bytes = bytes
        self.mimeType = mimeType
    }

    enum CodingKeys: String, CodingKey {
        case purpose, filename, bytes
        case mimeType = "mime_type"
    }
}

/// An upload in progress; once complete it carries the file that it became.
package struct Upload: Hashable, Sendable, Codable {
    package var object: String
    package var id: UploadID
    package var bytes: Int?
    package var createdAt: UnixTime?
    package var expiresAt: UnixTime?
    package var filename: String?
    package var purpose: FilePurpose?
    package var status: UploadStatus
    package var file: FileObject?

    package init(
        id: UploadID, bytes: Int, createdAt: UnixTime, expiresAt: UnixTime, filename: String, purpose: FilePurpose,
        status: UploadStatus, file: FileObject? = nil
    ) {
        object = "upload"
        self.id = id
        self.bytes = bytes
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.filename = filename
        self.purpose = purpose
        self.status = status
        self.file = file
    }

    enum CodingKeys: String, CodingKey {
        case object, id, bytes, filename, purpose, status, file
        case createdAt = "created_at"
        case expiresAt = "expires_at"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "upload"
        id = UploadID(try container.text(.id))
        bytes = container.optionalCount(.bytes)
        createdAt = container.optional(.createdAt)
        expiresAt = container.optional(.expiresAt)
        filename = container.optionalText(.filename)
        purpose = container.optional(.purpose)
        status = try container.decode(UploadStatus.self, forKey: .status)
        file = container.optional(.file)
    }
}

/// The answer to one part.
package struct UploadPart: Hashable, Sendable, Codable {
    package var object: String
    package var id: String
    package var uploadID: UploadID?
    package var createdAt: UnixTime?
    package var azureBlockID: String?

    package init(id: String, uploadID: UploadID, createdAt: UnixTime, azureBlockID: String? = nil) {
        object = "upload.part"
        self.id = id
        self.uploadID = uploadID
        self.createdAt = createdAt
        self.azureBlockID = azureBlockID
    }

    enum CodingKeys: String, CodingKey {
        case object, id
        case uploadID = "upload_id"
        case createdAt = "created_at"
        case azureBlockID = "azure_block_id"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "upload.part"
        id = try container.text(.id)
        uploadID = container.optionalID(.uploadID)
        createdAt = container.optional(.createdAt)
        azureBlockID = container.optionalText(.azureBlockID)
    }
}

/// The body of `POST /uploads/{id}/complete`: the parts in the order of the file, and the digest of the whole.
package struct UploadCompleteRequest: Hashable, Sendable, Codable {
    package var partIDs: [String]
    package var md5: String?

    package init(partIDs: [String], md5: String? = nil) {
        self.partIDs = partIDs
        self.md5 = md5
    }

    enum CodingKeys: String, CodingKey {
        case partIDs = "part_ids"
        case md5
    }
}
