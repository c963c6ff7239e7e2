// Fine-tuning jobs.

import Basics

package struct FineTuningStatus: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let created: FineTuningStatus = "created"
    package static let pending: FineTuningStatus = "pending"
    package static let running: FineTuningStatus = "running"
    package static let pausing: FineTuningStatus = "pausing"
    package static let paused: FineTuningStatus = "paused"
    package static let resuming: FineTuningStatus = "resuming"
    package static let succeeded: FineTuningStatus = "succeeded"
    package static let cancelled: FineTuningStatus = "cancelled"
    package static let failed: FineTuningStatus = "failed"
    /// OpenAI's own words for waiting; Azure says `pending`.
    package static let validatingFiles: FineTuningStatus = "validating_files"
    package static let queued: FineTuningStatus = "queued"
    package static let known: [FineTuningStatus] = [
        created, pending, running, pausing, paused, resuming, succeeded, cancelled, failed, validatingFiles, queued,
    ]

    package var isTerminal: Bool { [.succeeded, .cancelled, .failed].contains(self) }

    /// What a status means.
    package enum Phase: Sendable, Hashable { case working, succeeded, failed, unknown }

    /// What the status means, by the reference's words and by those that other servers use for the same.
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

/// Where a job trains, which decides its price. litellm sends the number 1 for `standard`.
package struct TrainingType: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let standard: TrainingType = "standard"
    package static let globalStandard: TrainingType = "globalStandard"
    package static let developerTier: TrainingType = "developerTier"
    package static let known: [TrainingType] = [standard, globalStandard, developerTier]

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
    package var model: String
    package var trainingFile: FileID
    package var validationFile: FileID?
    /// For supervised jobs; the other methods carry theirs in `method`.
    package var hyperparameters: Hyperparameters?
    package var method: FineTuningMethod?
    /// Up to 40 of letters, digits, `-`, `_`.
    package var suffix: String?
    package var seed: Int?
    package var trainingType: TrainingType?

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

    /// The hyperparameters wherever the request puts them: in the method first, then beside it.
    package var allHyperparameters: Hyperparameters {
        (method?.hyperparameters ?? Hyperparameters()).filled(from: hyperparameters ?? Hyperparameters())
    }
}

/// Why a job failed.
package struct FineTuningJobError: Hashable, Sendable, Codable {
    package var code: String?
    package var message: String?
    package var param: String?

    package init(code: String, message: String, param: String? = nil) {
        self.code = code
        self.message = message
        self.param = param
    }

    enum CodingKeys: String, CodingKey { case code, message, param }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        code = container.optionalText(.code)
        message = container.optionalText(.message)
        param = container.optionalText(.param)
    }

    package var isEmpty: Bool { code == nil && message == nil }
}

/// A job as the provider describes it. Azure leaves out keys that are not set.
package struct FineTuningJob: Hashable, Sendable, Codable {
    package var object: String
    package var id: FineTuningJobID
    package var createdAt: UnixTime?
    package var status: FineTuningStatus
    package var model: String
    package var fineTunedModel: String?
    package var trainingFile: FileID?
    package var validationFile: FileID?
    package var resultFiles: [FileID]?
    package var finishedAt: UnixTime?
    package var estimatedFinish: UnixTime?
    package var trainedTokens: Int?
    package var error: FineTuningJobError?
    package var hyperparameters: Hyperparameters?
    package var method: FineTuningMethod?
    package var suffix: String?
    package var seed: Int?
    package var trainingType: TrainingType?
    /// Whatever the provider keeps beside the job.
    package var metadata: [String: String]?

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

    /// What became of the job, by more than its status: a finish time with a model, or with an error. `unknown` where
    /// neither status nor the rest says so.
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

    /// OpenAI's name for what Azure calls `suffix` in its answers.
    private enum AliasKeys: String, CodingKey { case userProvidedSuffix = "user_provided_suffix" }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "fine_tuning.job"
        id = FineTuningJobID(try container.text(.id))
        createdAt = container.optional(.createdAt)
        // A job without a status is in one that nobody knows: the rest says whether it has ended.
        status = container.optionalText(.status).map { FineTuningStatus($0) } ?? FineTuningStatus(rawValue: "")
        model = container.optionalText(.model) ?? ""
        fineTunedModel = container.optionalText(.fineTunedModel)
        trainingFile = container.optionalID(.trainingFile)
        validationFile = container.optionalID(.validationFile)
        // Ids, or whole file objects as some servers list them. What is neither stays as it is: its download then fails
        // visibly, where leaving it out would look like a job without results.
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
