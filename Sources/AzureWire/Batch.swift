// Wire types of the Batch API: a file of requests answered within 24 hours at half the price.

/// The status of a batch. Open: `phase` also classifies the values of other servers.
package struct BatchStatus: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// The service is checking the input file; no line has run.
    package static let validating: BatchStatus = "validating"
    /// The input file was rejected, so no line ran.
    package static let failed: BatchStatus = "failed"
    /// Lines are being answered.
    package static let inProgress: BatchStatus = "in_progress"
    /// All lines have run; the output file is being written.
    package static let finalizing: BatchStatus = "finalizing"
    /// The output file is ready. Individual lines may still have failed.
    package static let completed: BatchStatus = "completed"
    /// The completion window ended first; finished lines are in the output file.
    package static let expired: BatchStatus = "expired"
    /// Cancellation was requested; lines in flight may still finish.
    package static let cancelling: BatchStatus = "cancelling"
    /// Cancelled; lines finished before are in the output file and billed.
    package static let cancelled: BatchStatus = "cancelled"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [BatchStatus] = [
        validating, failed, inProgress, finalizing, completed, expired, cancelling, cancelled,
    ]

    /// Whether the batch has ended. Completed, expired and cancelled batches may all have output.
    package var isTerminal: Bool { [.failed, .completed, .expired, .cancelled].contains(self) }

    /// The status reduced to the cases that the engine distinguishes. `cutShort`: expired or cancelled.
    package enum Phase: Sendable, Hashable { case working, completed, failed, cutShort, unknown }

    /// The phase of the status, from the reference's values and the synonyms of other servers.
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

/// The operation of a batch and of each of its lines. Azure's reference writes `/chat/completions`, OpenAI and its
/// SDKs `/v1/chat/completions`; Azure accepts both and reports the first.
package struct BatchEndpoint: Hashable, Sendable, Codable, ExpressibleByStringLiteral {
    /// The path as written, without a host; compare with `means(_:)`.
    package var path: String

    /// Accepts any path; nothing is normalized.
    package init(_ path: String) { self.path = path }
    /// Allows constants such as `azureChat` to be written as literals.
    package init(stringLiteral value: String) { path = value }
    /// Decodes the bare path string.
    package init(from decoder: any Decoder) throws {
        path = try decoder.singleValueContainer().decode(String.self)
    }
    /// Encodes the bare path string.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(path)
    }

    /// The spelling of Azure's reference and samples.
    package static let azureChat: BatchEndpoint = "/chat/completions"
    /// The spelling of OpenAI.
    package static let openAIChat: BatchEndpoint = "/v1/chat/completions"

    /// The path without `/v1`, which is equal for both spellings of an endpoint.
    package var withoutVersion: String { path.hasPrefix("/v1/") ? String(path.dropFirst(3)) : path }
    /// Whether both spellings name the same operation: `/v1` is ignored.
    package func means(_ other: BatchEndpoint) -> Bool { withoutVersion == other.withoutVersion }
}

/// The body of `POST /batches`.
package struct BatchCreateRequest: Hashable, Sendable, Codable {
    /// The uploaded JSON Lines file, with purpose `batch`.
    package var inputFileID: FileID
    /// The operation that every line of the file must request.
    package var endpoint: BatchEndpoint
    /// The service accepts only `24h`.
    package var completionWindow: String
    /// Up to 16 pairs that the service returns with the batch; the tag of a paid job is one of them.
    package var metadata: [String: String]?
    /// Expiry of the output and error files; `nil` keeps them.
    package var outputExpiresAfter: ExpiresAfter?

    /// Creates a request body; `nil` members are not sent.
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

/// The number of lines of a batch, by outcome. Zero until the service has counted them.
package struct BatchRequestCounts: Hashable, Sendable, Codable {
    /// All lines of the input file.
    package var total: Int
    /// Lines with a successful response.
    package var completed: Int
    /// Lines with an error instead of an answer.
    package var failed: Int

    /// Defaults to a batch that has not been counted yet.
    package init(total: Int = 0, completed: Int = 0, failed: Int = 0) {
        self.total = total
        self.completed = completed
        self.failed = failed
    }

    /// Decodes missing, negative or implausible counts as zero.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        total = container.optionalCount(.total) ?? 0
        completed = container.optionalCount(.completed) ?? 0
        failed = container.optionalCount(.failed) ?? 0
    }

    enum CodingKeys: String, CodingKey { case total, completed, failed }
}

/// One reason for a failed batch, with the line of the input file if known.
package struct BatchError: Hashable, Sendable, Codable {
    /// The service's error code, such as `token_limit_exceeded`.
    package var code: String?
    /// Untrusted text of the service.
    package var message: String?
    /// The field of the line that is at fault.
    package var param: String?
    /// The line number in the input file; `nil` for an error of the whole file.
    package var line: Int?

    /// Creates an error as the service reports it; the decoder allows `code` and `message` to be missing.
    package init(code: String, message: String, param: String? = nil, line: Int? = nil) {
        self.code = code
        self.message = message
        self.param = param
        self.line = line
    }

    enum CodingKeys: String, CodingKey { case code, message, param, line }

    /// Decodes numbers in `code` and empty strings leniently, and a bare text; never fails on a missing member.
    package init(from decoder: any Decoder) throws {
        if let text = try? decoder.singleValueContainer().decode(String.self), !text.isEmpty {
            message = text
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        code = container.optionalText(.code)
        message = container.optionalText(.message)
        param = container.optionalText(.param)
        line = container.optionalInt(.line)
    }
}

/// The errors of a batch. The reference types `data` as one object, the service sends a list; both decode.
package struct BatchErrors: Hashable, Sendable, Codable {
    /// The API's name for this type of object; set to its constant where a server omits it.
    package var object: String
    /// Empty for a batch without errors.
    package var data: [BatchError]

    /// Wraps the errors in the list object of the wire.
    package init(_ data: [BatchError]) {
        object = "list"
        self.data = data
    }

    enum CodingKeys: String, CodingKey { case object, data }

    /// Decodes a list in its envelope or without it, a single error, or a text.
    package init(from decoder: any Decoder) throws {
        object = "list"
        if let bare = try? decoder.singleValueContainer().decode([BatchError].self) {
            data = bare
            return
        }
        guard let container = try? decoder.container(keyedBy: CodingKeys.self) else {
            data = [try BatchError(from: decoder)]
            return
        }
        object = container.optionalText(.object) ?? "list"
        data = try container.list(.data)
        if data.isEmpty, let only = try? BatchError(from: decoder), only.message != nil || only.code != nil { data = [only] }
    }
}

/// A batch as reported by the provider.
package struct Batch: Hashable, Sendable, Codable {
    /// The API's name for this type of object; set to its constant where a server omits it.
    package var object: String
    /// The provider's id, by which the batch is polled.
    package var id: BatchID
    /// The operation of the lines, in the provider's spelling.
    package var endpoint: BatchEndpoint?
    /// Reasons for a failed batch; `nil` otherwise.
    package var errors: BatchErrors?
    /// The input file; it may have been deleted since.
    package var inputFileID: FileID?
    /// The time limit as requested: `24h`.
    package var completionWindow: String?
    /// Empty when the server omits the status; see `isOver`.
    package var status: BatchStatus
    /// The file of answered lines; `nil` before the end, or if none was answered.
    package var outputFileID: FileID?
    /// Set even when no line failed; the file is then empty.
    package var errorFileID: FileID?
    /// Time of the create call.
    package var createdAt: UnixTime?
    /// When lines began to run.
    package var inProgressAt: UnixTime?
    /// When unfinished lines will be given up.
    package var expiresAt: UnixTime?
    /// When the output file began to be written.
    package var finalizingAt: UnixTime?
    /// When the batch completed; `nil` if it ended otherwise.
    package var completedAt: UnixTime?
    /// When validation failed.
    package var failedAt: UnixTime?
    /// When the completion window ended with lines unfinished.
    package var expiredAt: UnixTime?
    /// When cancellation was requested.
    package var cancellingAt: UnixTime?
    /// When cancellation took effect.
    package var cancelledAt: UnixTime?
    /// Progress of the lines; `nil` on servers that do not count.
    package var requestCounts: BatchRequestCounts?
    /// The pairs of the create call; `nil` on servers that keep none.
    package var metadata: [String: String]?

    /// Creates a batch in its initial state, without output or counts; used by the emulator and tests.
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

    /// Whether the batch has ended. Beyond the status, an end time counts, as does a full count of requests together
    /// with a result file. `nil` when neither the status nor these decide.
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

    /// Alternative keys on other servers.
    private enum AliasKeys: String, CodingKey { case error }

    /// Only `id` is required; other members decode leniently, because servers omit and vary them.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "batch"
        id = BatchID(try container.text(.id))
        endpoint = container.optionalText(.endpoint).map { BatchEndpoint($0) }
        errors = container.optional(.errors) ?? (try? decoder.container(keyedBy: AliasKeys.self))?.optional(.error)
        inputFileID = container.optionalID(.inputFileID)
        completionWindow = container.optionalText(.completionWindow)
        // A batch without a status gets an unknown one; `isOver` then decides from the other members.
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
