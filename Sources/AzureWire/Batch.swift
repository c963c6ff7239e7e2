// Batches: a file of requests answered within a day, at half the price.

package struct BatchStatus: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let validating: BatchStatus = "validating"
    package static let failed: BatchStatus = "failed"
    package static let inProgress: BatchStatus = "in_progress"
    package static let finalizing: BatchStatus = "finalizing"
    package static let completed: BatchStatus = "completed"
    package static let expired: BatchStatus = "expired"
    package static let cancelling: BatchStatus = "cancelling"
    package static let cancelled: BatchStatus = "cancelled"
    package static let known: [BatchStatus] = [
        validating, failed, inProgress, finalizing, completed, expired, cancelling, cancelled,
    ]

    /// Whether the batch has ended; completed, expired and cancelled ones may all have left output.
    package var isTerminal: Bool { [.failed, .completed, .expired, .cancelled].contains(self) }

    /// What a status means.
    package enum Phase: Sendable, Hashable { case working, completed, failed, cutShort, unknown }

    /// What the status means, by the reference's words and by those that other servers use for the same.
    package var phase: Phase {
        switch rawValue.lowercased() {
        case "completed", "complete", "done", "ended", "finished", "succeeded", "success", "partially_completed": .completed
        case "failed", "failure", "error", "errored", "rejected", "invalid": .failed
        case "expired", "cancelled", "canceled", "aborted", "stopped": .cutShort
        case "validating", "in_progress", "in-progress", "finalizing", "cancelling", "canceling", "pending", "queued",
            "created", "submitted", "scheduled", "running", "processing", "not_started", "preparing", "started":
            .working
        default: .unknown
        }
    }
}

/// The operation that a batch, and each of its lines, asks for. Azure's reference writes `/chat/completions`,
/// OpenAI and its SDKs `/v1/chat/completions`; Azure takes both and reports the first.
package struct BatchEndpoint: Hashable, Sendable, Codable, ExpressibleByStringLiteral {
    package var path: String

    package init(_ path: String) { self.path = path }
    package init(stringLiteral value: String) { path = value }
    package init(from decoder: any Decoder) throws {
        path = try decoder.singleValueContainer().decode(String.self)
    }
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(path)
    }

    /// As Azure's reference and samples write it.
    package static let azureChat: BatchEndpoint = "/chat/completions"
    /// As OpenAI writes it.
    package static let openAIChat: BatchEndpoint = "/v1/chat/completions"

    /// The path without `/v1`: two spellings of one endpoint are equal in this.
    package var withoutVersion: String { path.hasPrefix("/v1/") ? String(path.dropFirst(3)) : path }
    package func means(_ other: BatchEndpoint) -> Bool { withoutVersion == other.withoutVersion }
}

/// The body of `POST /batches`.
package struct BatchCreateRequest: Hashable, Sendable, Codable {
    package var inputFileID: FileID
    package var endpoint: BatchEndpoint
    /// Only `24h` is accepted.
    package var completionWindow: String
    package var metadata: [String: String]?
    package var outputExpiresAfter: ExpiresAfter?

    package init(
        inputFileID: FileID, endpoint: BatchEndpoint, completionWindow: String = "24h",
        metadata: [String: String]? = nil, outputExpiresAfter: ExpiresAfter? = nil
    ) {
        self.inputFileID = inputFileID
        self.endpoint = endpoint
        self.completionWindow = completionWindow
        self.metadata = metadata
        self.outputExpiresAfter = outputExpiresAfter
    }

    enum CodingKeys: String, CodingKey {
        case endpoint, metadata
        case inputFileID = "input_file_id"
        case completionWindow = "completion_window"
        case outputExpiresAfter = "output_expires_after"
    }
}

/// How many lines a batch has and how they went.
package struct BatchRequestCounts: Hashable, Sendable, Codable {
    package var total: Int
    package var completed: Int
    package var failed: Int

    package init(total: Int = 0, completed: Int = 0, failed: Int = 0) {
        self.total = total
        self.completed = completed
        self.failed = failed
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        total = container.optionalCount(.total) ?? 0
        completed = container.optionalCount(.completed) ?? 0
        failed = container.optionalCount(.failed) ?? 0
    }

    enum CodingKeys: String, CodingKey { case total, completed, failed }
}

/// Why a batch failed, with the line of the input file where there is one.
package struct BatchError: Hashable, Sendable, Codable {
    package var code: String?
    package var message: String?
    package var param: String?
    package var line: Int?

    package init(code: String, message: String, param: String? = nil, line: Int? = nil) {
        self.code = code
        self.message = message
        self.param = param
        self.line = line
    }

    enum CodingKeys: String, CodingKey { case code, message, param, line }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        code = container.optionalText(.code)
        message = container.optionalText(.message)
        param = container.optionalText(.param)
        line = container.optionalInt(.line)
    }
}

/// The errors of a batch. The reference types `data` as one object, the service sends a list: both are read.
package struct BatchErrors: Hashable, Sendable, Codable {
    package var object: String
    package var data: [BatchError]

    package init(_ data: [BatchError]) {
        object = "list"
        self.data = data
    }

    enum CodingKeys: String, CodingKey { case object, data }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "list"
        data = try container.list(.data)
    }
}

/// A batch as the provider describes it.
package struct Batch: Hashable, Sendable, Codable {
    package var object: String
    package var id: BatchID
    package var endpoint: BatchEndpoint?
    package var errors: BatchErrors?
    package var inputFileID: FileID?
    package var completionWindow: String?
    package var status: BatchStatus
    package var outputFileID: FileID?
    /// Named even when nothing failed; the file is then empty.
    package var errorFileID: FileID?
    package var createdAt: UnixTime?
    package var inProgressAt: UnixTime?
    package var expiresAt: UnixTime?
    package var finalizingAt: UnixTime?
    package var completedAt: UnixTime?
    package var failedAt: UnixTime?
    package var expiredAt: UnixTime?
    package var cancellingAt: UnixTime?
    package var cancelledAt: UnixTime?
    package var requestCounts: BatchRequestCounts?
    package var metadata: [String: String]?

    package init(
        id: BatchID, endpoint: BatchEndpoint?, inputFileID: FileID, completionWindow: String = "24h",
        status: BatchStatus, createdAt: UnixTime, expiresAt: UnixTime? = nil, metadata: [String: String]? = nil
    ) {
        object = "batch"
        self.id = id
        self.endpoint = endpoint
        self.inputFileID = inputFileID
        self.completionWindow = completionWindow
        self.status = status
        self.createdAt = createdAt
        self.expiresAt = expiresAt
        self.metadata = metadata
    }

    /// Whether the batch has ended, by more than its status: a time of its end, or all requests counted and a file to
    /// read. `nil` where neither status nor the rest says so.
    package var isOver: Bool? {
        switch status.phase {
        case .completed, .failed, .cutShort: return true
        case .working: return false
        case .unknown: break
        }
        if [completedAt, failedAt, expiredAt, cancelledAt].contains(where: { $0 != nil }) { return true }
        let counts = requestCounts ?? BatchRequestCounts()
        let hasFile = outputFileID != nil || errorFileID != nil
        if hasFile, counts.total > 0, counts.completed + counts.failed >= counts.total { return true }
        return nil
    }

    enum CodingKeys: String, CodingKey {
        case object, id, endpoint, errors, status, metadata
        case inputFileID = "input_file_id"
        case completionWindow = "completion_window"
        case outputFileID = "output_file_id"
        case errorFileID = "error_file_id"
        case createdAt = "created_at"
        case inProgressAt = "in_progress_at"
        case expiresAt = "expires_at"
        case finalizingAt = "finalizing_at"
        case completedAt = "completed_at"
        case failedAt = "failed_at"
        case expiredAt = "expired_at"
        case cancellingAt = "cancelling_at"
        case cancelledAt = "cancelled_at"
        case requestCounts = "request_counts"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "batch"
        id = BatchID(try container.text(.id))
        endpoint = container.optionalText(.endpoint).map { BatchEndpoint($0) }
        errors = container.optional(.errors)
        inputFileID = container.optionalID(.inputFileID)
        completionWindow = container.optionalText(.completionWindow)
        // A batch without a status is in one that nobody knows: the rest says whether it has ended.
        status = container.optionalText(.status).map { BatchStatus($0) } ?? BatchStatus(rawValue: "")
        outputFileID = container.optionalID(.outputFileID)
        errorFileID = container.optionalID(.errorFileID)
        createdAt = container.optional(.createdAt)
        inProgressAt = container.optional(.inProgressAt)
        expiresAt = container.optional(.expiresAt)
        finalizingAt = container.optional(.finalizingAt)
        completedAt = container.optional(.completedAt)
        failedAt = container.optional(.failedAt)
        expiredAt = container.optional(.expiredAt)
        cancellingAt = container.optional(.cancellingAt)
        cancelledAt = container.optional(.cancelledAt)
        requestCounts = container.optional(.requestCounts)
        metadata = container.textMap(.metadata)
    }
}
