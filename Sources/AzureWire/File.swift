// Wire types of the Files API: inputs of batches and fine-tuning jobs, and the files these produce.

/// The purpose of a file, which determines its access and its checks.
package struct FilePurpose: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// Training or validation data.
    package static let fineTune: FilePurpose = "fine-tune"
    /// Metrics of a fine-tuning job.
    package static let fineTuneResults: FilePurpose = "fine-tune-results"
    /// Input of the Assistants API; not used here.
    package static let assistants: FilePurpose = "assistants"
    /// Output of the Assistants API; not used here.
    package static let assistantsOutput: FilePurpose = "assistants_output"
    /// Input lines of a batch.
    package static let batch: FilePurpose = "batch"
    /// Answers or errors of a batch.
    package static let batchOutput: FilePurpose = "batch_output"
    /// Input of the Evals API; not used here.
    package static let evals: FilePurpose = "evals"
    /// Output of the Evals API; not used here.
    package static let evalsOutput: FilePurpose = "evals_output"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [FilePurpose] = [
        fineTune, fineTuneResults, assistants, assistantsOutput, batch, batchOutput, evals, evalsOutput,
    ]
}

/// The processing state of a file. On Azure: pending, running, then processed or error.
package struct FileState: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// Received. On OpenAI the file is usable already.
    package static let uploaded: FileState = "uploaded"
    /// Waiting to be checked.
    package static let pending: FileState = "pending"
    /// Being checked.
    package static let running: FileState = "running"
    /// Usable by batches and jobs.
    package static let processed: FileState = "processed"
    /// Rejected; see `statusDetails`.
    package static let error: FileState = "error"
    /// Deletion was requested.
    package static let deleting: FileState = "deleting"
    /// The file was deleted.
    package static let deleted: FileState = "deleted"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [FileState] = [uploaded, pending, running, processed, error, deleting, deleted]

    /// Whether the state is final.
    package var isTerminal: Bool { [.processed, .error, .deleted].contains(self) }

    /// The state reduced to the cases that the engine distinguishes. `failed` includes deleted files.
    package enum Phase: Sendable, Hashable { case working, ready, failed, unknown }

    /// The phase of the state, from the reference's values and the synonyms of other servers.
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

/// Expiry of a file: deleted `seconds` (1,209,600 to 2,592,000) after its creation.
package struct ExpiresAfter: Hashable, Sendable, Codable {
    /// The time that `seconds` counts from; only `created_at` exists.
    package var anchor: String
    /// 14 to 30 days.
    package var seconds: Int

    /// - Parameter seconds: 1,209,600 to 2,592,000; not checked here.
    package init(seconds: Int) {
        anchor = "created_at"
        self.seconds = seconds
    }

    /// Form field names of an upload, with a dot as in the reference and its samples.
    package static let anchorField = "expires_after.anchor"
    /// The form field of the lifetime in seconds.
    package static let secondsField = "expires_after.seconds"
}

/// A file as reported by the provider.
package struct FileObject: Hashable, Sendable, Codable {
    /// The API's name for this type of object; set to its constant where a server omits it.
    package var object: String
    /// The provider's id, by which batches and jobs refer to the file.
    package var id: FileID
    /// The size; `nil` where it is missing or implausible.
    package var bytes: Int?
    /// The time of the upload.
    package var createdAt: UnixTime?
    /// The name given at the upload; empty where the server omits it.
    package var filename: String
    /// The purpose given at the upload.
    package var purpose: FilePurpose
    /// Omitted by servers that do not process files before use.
    package var status: FileState?
    /// The reason for a rejection; untrusted text of the service.
    package var statusDetails: String?
    /// `nil` for a file that is kept.
    package var expiresAt: UnixTime?

    /// Creates a file as the emulator and tests report it.
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

    /// Only `id` is required.
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

/// The response to the DELETE of a file.
package struct FileDeletion: Hashable, Sendable, Codable {
    /// The type name on the wire, `file`.
    package var object: String
    /// The id of the deleted file.
    package var id: FileID
    /// `false` if the service declined.
    package var deleted: Bool

    /// Creates the response of the emulator.
    package init(id: FileID, deleted: Bool = true) {
        object = "file"
        self.id = id
        self.deleted = deleted
    }
}
