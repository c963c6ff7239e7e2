// The training method of a job: on examples, on preferences, or against a grader.

package import Basics

/// The training method; it also decides the form of the training lines.
package struct FineTuningMethodType: OpenEnum {
    /// The documented spelling of a known value; an unknown value as received.
    package let rawValue: String
    /// Keeps the value verbatim; `init(_:)` maps a known value to its documented spelling.
    package init(rawValue: String) { self.rawValue = rawValue }
    /// Learns the given answers.
    package static let supervised: FineTuningMethodType = "supervised"
    /// Direct preference optimization: learns from pairs of answers.
    package static let dpo: FineTuningMethodType = "dpo"
    /// Learns from the scores that a grader gives the model's own answers.
    package static let reinforcement: FineTuningMethodType = "reinforcement"
    /// The documented values; `init(_:)` matches them without regard to case.
    package static let known: [FineTuningMethodType] = [supervised, dpo, reinforcement]
}

/// The method with its settings on the wire: `{"type":"dpo","dpo":{"hyperparameters":{…}}}`; for reinforcement also a
/// grader and a response format.
package struct FineTuningMethod: Hashable, Sendable, Codable {
    /// Also the key of the settings on the wire.
    package var type: FineTuningMethodType
    /// `nil` leaves all values to the service.
    package var hyperparameters: Hyperparameters?
    /// Reinforcement only: the definition of the grader.
    package var grader: JSONValue?
    /// Reinforcement only: the structure of the answers that the grader reads.
    package var responseFormat: JSONValue?

    /// - Parameter grader: required by the service for reinforcement.
    package init(
        type: FineTuningMethodType, hyperparameters: Hyperparameters? = nil, grader: JSONValue? = nil,
        responseFormat: JSONValue? = nil
    ) {
        self.type = type
        self.hyperparameters = hyperparameters
        self.grader = grader
        self.responseFormat = responseFormat
    }

    private struct Settings: Codable {
        var hyperparameters: Hyperparameters?
        var grader: JSONValue?
        var response_format: JSONValue?
    }

    /// Reads the settings under the key named by `type`; missing settings decode as `nil`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        type = try container.decode(FineTuningMethodType.self, forKey: AnyKey("type"))
        let settings = try container.decodeIfPresent(Settings.self, forKey: AnyKey(type.rawValue))
        hyperparameters = settings?.hyperparameters
        grader = settings?.grader
        responseFormat = settings?.response_format
    }

    /// Writes the settings under the key named by `type`, and none if all are `nil`.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: AnyKey.self)
        try container.encode(type, forKey: AnyKey("type"))
        if hyperparameters != nil || grader != nil || responseFormat != nil {
            let settings = Settings(
                hyperparameters: hyperparameters, grader: grader, response_format: responseFormat)
            try container.encode(settings, forKey: AnyKey(type.rawValue))
        }
    }
}
