// The events and checkpoints of a fine-tuning job.

package import Basics

/// The severity of an event.
package struct EventLevel: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// Progress.
    package static let info: EventLevel = "info"
    /// A problem that does not stop the job, such as skipped examples.
    package static let warning: EventLevel = "warning"
    /// The reason for a failed job.
    package static let error: EventLevel = "error"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [EventLevel] = [info, warning, error]

    /// Maps the `warn` of the v1 reference to `warning`.
    package init(from decoder: any Decoder) throws {
        let word = try decoder.singleValueContainer().decode(String.self)
        // The v1 reference spells it `warn`.
        self.init(word == "warn" ? "warning" : word)
    }
}

/// The kind of an event.
package struct EventType: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// An event with only a text.
    package static let message: EventType = "message"
    /// `data` holds the metrics of a step.
    package static let metrics: EventType = "metrics"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [EventType] = [message, metrics]
}

/// One event of a job. An event of type `metrics` carries the metrics of a step in `data`.
package struct FineTuningEvent: Hashable, Sendable, Codable {
    /// The API's name for this type of object; set to its constant where a server omits it.
    package var object: String
    /// `nil` on servers that do not number events.
    package var id: String?
    /// Whole seconds: several events can share one.
    package var createdAt: UnixTime?
    /// `info` where the server omits it.
    package var level: EventLevel
    /// Untrusted text; its wording differs by service and is not documented.
    package var message: String
    /// `message` where the server omits it.
    package var type: EventType
    /// The metrics in the service's form; see `metrics`.
    package var data: JSONValue?

    /// Creates an event as the emulator and tests report it.
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

    /// Requires no member, because servers omit several.
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

    /// The metrics in `data`; `nil` if there are none.
    package var metrics: TrainingMetrics? {
        guard let data, let metrics = try? data.decoded(as: TrainingMetrics.self) else { return nil }
        return metrics.step == nil && metrics.trainLoss == nil ? nil : metrics
    }
}

/// The model after an intermediate step; it can be deployed like the final one.
package struct FineTuningCheckpoint: Hashable, Sendable, Codable {
    /// The API's name for this type of object; set to its constant where a server omits it.
    package var object: String
    /// The id of the checkpoint, which is not the model's; empty where the server omits it.
    package var id: String
    /// The time at which the checkpoint was saved.
    package var createdAt: UnixTime?
    /// The model id to deploy.
    package var fineTunedModelCheckpoint: String
    /// The training step, from 1; taken from `metrics` where the server omits it.
    package var stepNumber: Int
    /// The metrics at that step; `nil` if not reported.
    package var metrics: TrainingMetrics?
    /// The job that saved it.
    package var fineTuningJobID: FineTuningJobID?

    /// Creates a checkpoint as the emulator and tests report it.
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

    /// Requires only the model's id.
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
