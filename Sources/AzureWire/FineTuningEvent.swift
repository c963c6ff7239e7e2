// What a fine-tuning job reports while it runs: events and checkpoints.

package import Basics

package struct EventLevel: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let info: EventLevel = "info"
    package static let warning: EventLevel = "warning"
    package static let error: EventLevel = "error"
    package static let known: [EventLevel] = [info, warning, error]

    package init(from decoder: any Decoder) throws {
        let word = try decoder.singleValueContainer().decode(String.self)
        // The v1 reference says `warn`.
        self.init(word == "warn" ? "warning" : word)
    }
}

package struct EventType: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let message: EventType = "message"
    package static let metrics: EventType = "metrics"
    package static let known: [EventType] = [message, metrics]
}

/// One event of a job; of type `metrics` it carries the loss of a step in `data`.
package struct FineTuningEvent: Hashable, Sendable, Codable {
    package var object: String
    package var id: String?
    package var createdAt: UnixTime?
    package var level: EventLevel
    package var message: String
    package var type: EventType
    package var data: JSONValue?

    package init(
        id: String, createdAt: UnixTime, level: EventLevel = .info, message: String, type: EventType = .message,
        data: JSONValue? = nil
    ) {
        object = "fine_tuning.job.event"
        self.id = id
        self.createdAt = createdAt
        self.level = level
        self.message = message
        self.type = type
        self.data = data
    }

    enum CodingKeys: String, CodingKey {
        case object, id, level, message, type, data
        case createdAt = "created_at"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "fine_tuning.job.event"
        id = container.optionalText(.id)
        createdAt = container.optional(.createdAt)
        level = container.optional(.level) ?? .info
        message = container.optionalText(.message) ?? ""
        type = container.optional(.type) ?? .message
        data = container.optional(.data, as: JSONValue.self).flatMap { $0.isNull ? nil : $0 }
    }

    /// The metrics in `data`, when there are any.
    package var metrics: TrainingMetrics? {
        guard let data, let metrics = try? data.decoded(as: TrainingMetrics.self) else { return nil }
        return metrics.step == nil && metrics.trainLoss == nil ? nil : metrics
    }
}

/// A model as it stood after some step; it can be deployed like the final one.
package struct FineTuningCheckpoint: Hashable, Sendable, Codable {
    package var object: String
    package var id: String
    package var createdAt: UnixTime?
    package var fineTunedModelCheckpoint: String
    package var stepNumber: Int
    package var metrics: TrainingMetrics?
    package var fineTuningJobID: FineTuningJobID?

    package init(
        id: String, createdAt: UnixTime, fineTunedModelCheckpoint: String, stepNumber: Int, metrics: TrainingMetrics,
        fineTuningJobID: FineTuningJobID
    ) {
        object = "fine_tuning.job.checkpoint"
        self.id = id
        self.createdAt = createdAt
        self.fineTunedModelCheckpoint = fineTunedModelCheckpoint
        self.stepNumber = stepNumber
        self.metrics = metrics
        self.fineTuningJobID = fineTuningJobID
    }

    enum CodingKeys: String, CodingKey {
        case object, id, metrics
        case createdAt = "created_at"
        case fineTunedModelCheckpoint = "fine_tuned_model_checkpoint"
        case stepNumber = "step_number"
        case fineTuningJobID = "fine_tuning_job_id"
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        object = container.optionalText(.object) ?? "fine_tuning.job.checkpoint"
        id = container.optionalText(.id) ?? ""
        createdAt = container.optional(.createdAt)
        fineTunedModelCheckpoint = try container.text(.fineTunedModelCheckpoint)
        metrics = container.optional(.metrics)
        stepNumber = container.optionalCount(.stepNumber) ?? metrics?.step ?? 0
        fineTuningJobID = container.optionalID(.fineTuningJobID)
    }
}
