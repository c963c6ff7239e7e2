// Files at the provider: what is uploaded for a batch or a fine-tune and what these leave behind.

/// What a file is for.
package struct FilePurpose: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let fineTune: FilePurpose = "fine-tune"
    package static let fineTuneResults: FilePurpose = "fine-tune-results"
    package static let assistants: FilePurpose = "assistants"
    package static let assistantsOutput: FilePurpose = "assistants_output"
    package static let batch: FilePurpose = "batch"
    package static let batchOutput: FilePurpose = "batch_output"
    package static let evals: FilePurpose = "evals"
    package static let evalsOutput: FilePurpose = "evals_output"
    package static let known: [FilePurpose] = [
        fineTune, fineTuneResults, assistants, assistantsOutput, batch, batchOutput, evals, evalsOutput,
    ]
}

/// How far the provider is with a file. Azure goes pending, running, then processed or error.
package struct FileState: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let uploaded: FileState = "uploaded"
    package static let pending: FileState = "pending"
    package static let running: FileState = "running"
    package static let processed: FileState = "processed"
    package static let error: FileState = "error"
    package static let deleting: FileState = "deleting"
    package static let deleted: FileState = "deleted"
    package static let known: [FileState] = [uploaded, pending, running, processed, error, deleting, deleted]

    /// Whether the status will not change by itself any more.
    package var isTerminal: Bool { [.processed, .error, .deleted].contains(self) }

    /// What a status means.
    package enum Phase: Sendable, Hashable { case working, ready, failed, unknown }

    /// What the status means, by the reference's words and by those that other servers use for the same.
    package var phase: Phase {
        switch rawValue.lowercased() {
        case "processed", "ready", "completed", "complete", "succeeded", "success", "available", "active", "done": .ready
        case "error", "errored", "failed", "failure", "deleting", "deleted", "rejected", "cancelled", "canceled",
            "expired":
            .failed
        case "uploaded", "pending", "running", "processing", "in_progress", "queued", "validating", "uploading",
            "importing":
            .working
        default: .unknown
        }
    }
}

/// When a file goes away by itself: `seconds` (1,209,600 to 2,592,000) after its creation.
package struct ExpiresAfter: Hashable, Sendable, Codable {
    package var anchor: String
    package var seconds: Int

    package init(seconds: Int) {
        anchor = "created_at"
        self.seconds = seconds
    }

    /// The names of the form fields of an upload: with a dot, as the reference and its samples write them.
    package static let anchorField = "expires_after.anchor"
    package static let secondsField = "expires_after.seconds"
}

/// A file as the provider describes it.
package struct FileObject: Hashable, Sendable, Codable {
    package var object: String
    package var id: FileID
    package var bytes: Int?
    package var createdAt: UnixTime?
    package var filename: String
    package var purpose: FilePurpose
    /// Missing from servers that need no time to look at a file.
    package var status: FileState?
    package var statusDetails: String?
    package var expiresAt: UnixTime?

    package init(
        id: FileID, bytes: Int?, createdAt: UnixTime?, filename: String, purpose: FilePurpose, status: FileState?,
        statusDetails: String? = nil, expiresAt: UnixTime? = nil
    ) {
        object = "file"
        self.id = id
        self.bytes = bytes
        self.createdAt = createdAt
        self.filename = filename
        self.purpose = purpose
        self.status = status
        self.statusDetails = statusDetails
        self.expiresAt = expiresAt
    }

    enum CodingKeys: String, CodingKey {
        case object, id, bytes, filename, purpose, status
        case createdAt = "created_at"
        case statusDetails = "status_details"
        case expiresAt = "expires_at"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "file"
        id = FileID(try container.text(.id))
        bytes = container.optionalCount(.bytes)
        createdAt = container.optional(.createdAt)
        filename = container.optionalText(.filename) ?? ""
        purpose = FilePurpose(container.optionalText(.purpose) ?? "")
        status = container.optionalText(.status).map { FileState($0) }
        statusDetails = container.optionalText(.statusDetails)
        expiresAt = container.optional(.expiresAt)
    }
}

/// The answer to a DELETE of a file.
package struct FileDeletion: Hashable, Sendable, Codable {
    package var object: String
    package var id: FileID
    package var deleted: Bool

    package init(id: FileID, deleted: Bool = true) {
        object = "file"
        self.id = id
        self.deleted = deleted
    }
}
