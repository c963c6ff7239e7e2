// Wire types of the Uploads API: a large file sent in parts.

/// The state of an upload in parts.
package struct UploadStatus: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// Parts can be added.
    package static let pending: UploadStatus = "pending"
    /// Not completed in time; its parts are lost.
    package static let expired: UploadStatus = "expired"
    /// The file exists.
    package static let completed: UploadStatus = "completed"
    /// Cancelled by the client; its parts are lost.
    package static let cancelled: UploadStatus = "cancelled"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [UploadStatus] = [pending, expired, completed, cancelled]
}

/// The body of `POST /uploads`.
package struct UploadCreateRequest: Hashable, Sendable, Codable {
    /// The purpose of the resulting file.
    package var purpose: FilePurpose
    /// The name of the resulting file.
    package var filename: String
    /// The total size; the parts must add up to it.
    package var bytes: Int
    /// The media type of the resulting file.
    package var mimeType: String

    /// - Parameter bytes: the total size of all parts.
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

/// An upload in progress; once complete it carries the resulting file.
package struct Upload: Hashable, Sendable, Codable {
    /// The API's name for this type of object; set to its constant where a server omits it.
    package var object: String
    /// The id for adding parts, completing and cancelling.
    package var id: UploadID
    /// The announced size of the file.
    package var bytes: Int?
    /// The time of the create call.
    package var createdAt: UnixTime?
    /// When the service discards an incomplete upload.
    package var expiresAt: UnixTime?
    /// The name that the resulting file will have.
    package var filename: String?
    /// The purpose that the resulting file will have.
    package var purpose: FilePurpose?
    /// Required; a response without it is an error.
    package var status: UploadStatus
    /// The resulting file; `nil` until complete.
    package var file: FileObject?

    /// Creates an upload as the emulator and tests report it.
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

    /// Requires `id` and `status`.
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

/// The response to one uploaded part.
package struct UploadPart: Hashable, Sendable, Codable {
    /// The API's name for this type of object; set to its constant where a server omits it.
    package var object: String
    /// Named in the request that completes the upload.
    package var id: String
    /// The upload that the part belongs to.
    package var uploadID: UploadID?
    /// When the part was received.
    package var createdAt: UnixTime?
    /// Azure only: the id of the block in its storage.
    package var azureBlockID: String?

    /// Creates a part as the emulator and tests report it.
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

    /// Only `id` is required.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "upload.part"
        id = try container.text(.id)
        uploadID = container.optionalID(.uploadID)
        createdAt = container.optional(.createdAt)
        azureBlockID = container.optionalText(.azureBlockID)
    }
}

/// The body of `POST /uploads/{id}/complete`.
package struct UploadCompleteRequest: Hashable, Sendable, Codable {
    /// The ids of the parts, in file order.
    package var partIDs: [String]
    /// The digest of the whole file, which the service checks; `nil` skips the check.
    package var md5: String?

    /// - Parameter partIDs: in file order, which need not be the order of arrival.
    package init(partIDs: [String], md5: String? = nil) {
        self.partIDs = partIDs
        self.md5 = md5
    }

    enum CodingKeys: String, CodingKey {
        case partIDs = "part_ids"
        case md5
    }
}
