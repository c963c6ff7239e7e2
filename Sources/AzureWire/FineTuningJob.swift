// Wire types of fine-tuning jobs.

import Basics

/// The status of a fine-tuning job. Open: `phase` also classifies the values of other servers.
package struct FineTuningStatus: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// Accepted; not yet checked.
    package static let created: FineTuningStatus = "created"
    /// Waiting for capacity.
    package static let pending: FineTuningStatus = "pending"
    /// Training, which is when billing accrues.
    package static let running: FineTuningStatus = "running"
    /// A pause was requested; the job may still be training.
    package static let pausing: FineTuningStatus = "pausing"
    /// Paused; it can be resumed.
    package static let paused: FineTuningStatus = "paused"
    /// Resuming from a pause.
    package static let resuming: FineTuningStatus = "resuming"
    /// The model is available.
    package static let succeeded: FineTuningStatus = "succeeded"
    /// Cancelled; training up to then is billed.
    package static let cancelled: FineTuningStatus = "cancelled"
    /// See `FineTuningJob.error`.
    package static let failed: FineTuningStatus = "failed"
    /// OpenAI's states before training; Azure reports `pending`.
    package static let validatingFiles: FineTuningStatus = "validating_files"
    /// Waiting for capacity; sent by OpenAI instead of `pending`.
    package static let queued: FineTuningStatus = "queued"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [FineTuningStatus] = [
        created, pending, running, pausing, paused, resuming, succeeded, cancelled, failed, validatingFiles, queued,
    ]

    /// Whether the status no longer changes.
    package var isTerminal: Bool { [.succeeded, .cancelled, .failed].contains(self) }

    /// The status reduced to the cases that the engine distinguishes. `failed` includes cancelled jobs.
    package enum Phase: Sendable, Hashable { case working, succeeded, failed, unknown }

    /// The phase of the status, from the reference's values and the synonyms of other servers.
    package var phase: Phase {
        switch rawValue.lowercased() {
        case "succeeded", "success", "successful", "completed", "complete", "done", "finished", "ended": .succeeded
        case "failed", "failure", "error", "errored", "cancelled", "canceled", "expired", "aborted", "rejected", "stopped":
            .failed
        case "created", "pending", "running", "pausing", "paused", "resuming", "validating_files", "queued", "validating",
            "in_progress", "processing", "training", "submitted", "scheduled", "not_started", "preparing", "started",
            "cancelling", "canceling":
            .working
        default: .unknown
        }
    }
}

/// The location of training, which determines the price. litellm sends the number 1 for `standard`.
package struct TrainingType: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// In the region of the account.
    package static let standard: TrainingType = "standard"
    /// In any region, at a lower price.
    package static let globalStandard: TrainingType = "globalStandard"
    /// On idle capacity, at the lowest price, and may be preempted.
    package static let developerTier: TrainingType = "developerTier"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [TrainingType] = [standard, globalStandard, developerTier]

    /// Reads a word, or the number 1 as `standard`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if (try? container.decode(Int.self)) == 1 {
            self = .standard
        } else {
            self.init(try container.decode(String.self))
        }
    }
}

/// The body of `POST /fine_tuning/jobs`.
package struct FineTuningJobCreateRequest: Hashable, Sendable, Codable {
    /// The base model, or a fine-tuned model to continue from.
    package var model: String
    /// JSON Lines with purpose `fine-tune`; must be processed.
    package var trainingFile: FileID
    /// `nil` trains without validation metrics.
    package var validationFile: FileID?
    /// For supervised jobs; the other methods carry theirs in `method`.
    package var hyperparameters: Hyperparameters?
    /// `nil` means supervised.
    package var method: FineTuningMethod?
    /// Part of the model's name: up to 40 letters, digits, `-` or `_`.
    package var suffix: String?
    /// Makes a job reproducible; `nil` lets the service choose.
    package var seed: Int?
    /// `nil` means the service's default tier.
    package var trainingType: TrainingType?

    /// Creates a request body; `nil` members are not sent.
    package init(
        model: String, trainingFile: FileID, validationFile: FileID? = nil, hyperparameters: Hyperparameters? = nil,
        method: FineTuningMethod? = nil, suffix: String? = nil, seed: Int? = nil, trainingType: TrainingType? = nil
    ) {
        self.model = model
        self.trainingFile = trainingFile
        self.validationFile = validationFile
        self.hyperparameters = hyperparameters
        self.method = method
        self.suffix = suffix
        self.seed = seed
        self.trainingType = trainingType
    }

    enum CodingKeys: String, CodingKey {
        case model, hyperparameters, method, suffix, seed, trainingType
        case trainingFile = "training_file"
        case validationFile = "validation_file"
    }

    /// Requires `model` and `training_file`; a malformed seed, method or tier is an error.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        model = try container.text(.model)
        trainingFile = FileID(try container.text(.trainingFile))
        validationFile = container.optionalID(.validationFile)
        hyperparameters = try container.decodeIfPresent(Hyperparameters.self, forKey: .hyperparameters)
        method = try container.decodeIfPresent(FineTuningMethod.self, forKey: .method)
        suffix = container.optionalText(.suffix)
        seed = try container.decodeIfPresent(Int.self, forKey: .seed)
        trainingType = try container.decodeIfPresent(TrainingType.self, forKey: .trainingType)
    }

    /// The hyperparameters from both places in the request; those in `method` take precedence.
    package var allHyperparameters: Hyperparameters {
        (method?.hyperparameters ?? Hyperparameters()).filled(from: hyperparameters ?? Hyperparameters())
    }
}

/// The reason for a failed job. The service sends it with empty members for other jobs.
package struct FineTuningJobError: Hashable, Sendable, Codable {
    /// The service's error code.
    package var code: String?
    /// Untrusted text of the service.
    package var message: String?
    /// The request parameter at fault.
    package var param: String?

    /// Creates an error as the service reports it.
    package init(code: String, message: String, param: String? = nil) {
        self.code = code
        self.message = message
        self.param = param
    }

    enum CodingKeys: String, CodingKey { case code, message, param }

    /// Every member is optional; empty strings become `nil`. Some servers send a text, or a list of errors, of which the
    /// first counts.
    package init(from decoder: any Decoder) throws {
        let single = try decoder.singleValueContainer()
        if let text = try? single.decode(String.self) {
            message = text.isEmpty ? nil : text
            return
        }
        if let first = try? single.decode([FineTuningJobError].self).first {
            self = first
            return
        }
        let container = try decoder.container(keyedBy: CodingKeys.self)
        code = container.optionalText(.code)
        message = container.optionalText(.message)
        param = container.optionalText(.param)
    }

    /// Whether it carries neither code nor message and so reports no failure.
    package var isEmpty: Bool { code == nil && message == nil }
}

/// A job as reported by the provider. Azure omits keys that are not set.
package struct FineTuningJob: Hashable, Sendable, Codable {
    /// The API's name for this type of object; set to its constant where a server omits it.
    package var object: String
    /// The provider's id, by which the job is polled.
    package var id: FineTuningJobID
    /// The time of the create call.
    package var createdAt: UnixTime?
    /// Empty when the server omits the status; see `phase`.
    package var status: FineTuningStatus
    /// The base model; empty where the server omits it.
    package var model: String
    /// The resulting model; `nil` before success.
    package var fineTunedModel: String?
    /// The training data.
    package var trainingFile: FileID?
    /// The validation data, if any.
    package var validationFile: FileID?
    /// CSV files with the metrics of the steps; `nil` before the end.
    package var resultFiles: [FileID]?
    /// The time at which the job ended, in any final state.
    package var finishedAt: UnixTime?
    /// The service's estimate; `nil` if it makes none.
    package var estimatedFinish: UnixTime?
    /// The billed tokens (dataset tokens times epochs); `nil` before the end.
    package var trainedTokens: Int?
    /// May be present with empty members for a job that did not fail.
    package var error: FineTuningJobError?
    /// Includes the values that the service chose.
    package var hyperparameters: Hyperparameters?
    /// `nil` on servers that only know supervised jobs.
    package var method: FineTuningMethod?
    /// The suffix of the create call, as the server kept it; carries the tag of a paid job.
    package var suffix: String?
    /// The seed used, chosen by the service if none was set.
    package var seed: Int?
    /// `nil` where there is no choice of tier.
    package var trainingType: TrainingType?
    /// Other texts that the provider keeps with the job.
    package var metadata: [String: String]?

    /// Creates a job without result, as the emulator and tests report it.
    package init(
        id: FineTuningJobID, createdAt: UnixTime, status: FineTuningStatus, model: String, trainingFile: FileID,
        validationFile: FileID? = nil, hyperparameters: Hyperparameters? = nil, method: FineTuningMethod? = nil,
        suffix: String? = nil, seed: Int? = nil, trainingType: TrainingType? = nil
    ) {
        object = "fine_tuning.job"
        self.id = id
        self.createdAt = createdAt
        self.status = status
        self.model = model
        self.trainingFile = trainingFile
        self.validationFile = validationFile
        self.hyperparameters = hyperparameters
        self.method = method
        self.suffix = suffix
        self.seed = seed
        self.trainingType = trainingType
    }

    /// The outcome of the job. Beyond the status, a finish time counts together with a model or an error. `unknown`
    /// when neither the status nor these decide.
    package var phase: FineTuningStatus.Phase {
        guard status.phase == .unknown else { return status.phase }
        if fineTunedModel != nil, finishedAt != nil { return .succeeded }
        if error != nil, finishedAt != nil || fineTunedModel == nil { return .failed }
        return .unknown
    }

    enum CodingKeys: String, CodingKey {
        case object, id, status, model, error, hyperparameters, method, suffix, seed, trainingType, metadata
        case createdAt = "created_at"
        case fineTunedModel = "fine_tuned_model"
        case trainingFile = "training_file"
        case validationFile = "validation_file"
        case resultFiles = "result_files"
        case finishedAt = "finished_at"
        case estimatedFinish = "estimated_finish"
        case trainedTokens = "trained_tokens"
    }

    /// OpenAI's key for the member that Azure calls `suffix`.
    private enum AliasKeys: String, CodingKey { case userProvidedSuffix = "user_provided_suffix" }

    /// Only `id` is required; other members decode leniently, because servers omit and vary them.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "fine_tuning.job"
        id = FineTuningJobID(try container.text(.id))
        createdAt = container.optional(.createdAt)
        // A job without a status gets an unknown one; `phase` then decides from the other members.
        status = container.optionalText(.status).map { FineTuningStatus($0) } ?? FineTuningStatus(rawValue: "")
        model = container.optionalText(.model) ?? ""
        fineTunedModel = container.optionalName(.fineTunedModel)
        trainingFile = container.optionalID(.trainingFile)
        validationFile = container.optionalID(.validationFile)
        // Ids, or whole file objects as some servers list them. Anything else is kept as text, so that its download
        // fails visibly; dropping it would look like a job without results.
        resultFiles = container.optional(.resultFiles, as: [JSONValue].self)?.map { named in
            FileID(named.string ?? named["id"]?.string ?? named.canonical)
        }
        finishedAt = container.optional(.finishedAt)
        estimatedFinish = container.optional(.estimatedFinish)
        trainedTokens = container.optionalCount(.trainedTokens)
        error = container.optional(.error, as: FineTuningJobError.self).flatMap { $0.isEmpty ? nil : $0 }
        hyperparameters = container.optional(.hyperparameters)
        method = container.optional(.method)
        suffix =
            try container.optionalText(.suffix)
            ?? decoder.container(keyedBy: AliasKeys.self).optionalText(.userProvidedSuffix)
        seed = container.optionalInt(.seed)
        trainingType = container.optional(.trainingType)
        metadata = container.textMap(.metadata)
    }
}
