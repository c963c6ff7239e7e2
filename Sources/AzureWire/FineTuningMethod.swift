// How a job tunes: on examples, on preferences, or against a grader.

package import Basics

package struct FineTuningMethodType: OpenEnum {
    package let rawValue: String
    package init(rawValue: String) { self.rawValue = rawValue }
    package static let supervised: FineTuningMethodType = "supervised"
    package static let dpo: FineTuningMethodType = "dpo"
    package static let reinforcement: FineTuningMethodType = "reinforcement"
    package static let known: [FineTuningMethodType] = [supervised, dpo, reinforcement]
}

/// `{"type":"dpo","dpo":{"hyperparameters":{…}}}`; for reinforcement also a grader and an answer format.
package struct FineTuningMethod: Hashable, Sendable, Codable {
    package var type: FineTuningMethodType
    package var hyperparameters: Hyperparameters?
    package var grader: JSONValue?
    package var responseFormat: JSONValue?

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

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        type = try container.decode(FineTuningMethodType.self, forKey: AnyKey("type"))
        let settings = try container.decodeIfPresent(Settings.self, forKey: AnyKey(type.rawValue))
        hyperparameters = settings?.hyperparameters
        grader = settings?.grader
        responseFormat = settings?.response_format
    }

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
