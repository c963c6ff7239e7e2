// Fine-tuning jobs.

/// A fine-tuning job. Every field is part of the key of the resulting model.
package struct FineTuneSpec: Hashable, Sendable, Codable {
    /// The base model, with its version.
    package var model: String
    /// The training method.
    package var method: Method
    /// The training data.
    package var data: FineTuneDataSpec
    /// The hyperparameters; the provider chooses absent ones.
    package var hyperparameters: HyperparametersSpec
    /// The `seed` parameter of the job; `nil` to send none.
    package var seed: Int?
    /// The readable part of the model's name: at most 23 letters, digits, `-` and `_`.
    package var suffix: String?
    /// The `trainingType` parameter; `nil` for the provider's default.
    package var trainingType: TrainingType?
    /// The grader that scores answers; used by `reinforcement` only.
    package var grader: GraderSpec?
    /// Whether the checkpoints of earlier epochs are evaluated too.
    package var evaluateCheckpoints: Bool

    /// - Parameter trainingType: `nil` for the provider's default.
    package init(
        model: String, method: Method = .supervised, data: FineTuneDataSpec,
        hyperparameters: HyperparametersSpec = HyperparametersSpec(), seed: Int? = nil,
        suffix: String? = nil, trainingType: TrainingType? = nil, grader: GraderSpec? = nil,
        evaluateCheckpoints: Bool = false
    ) {
        self.model = model
        self.method = method
        self.data = data
        self.hyperparameters = hyperparameters
        self.seed = seed
        self.suffix = suffix
        self.trainingType = trainingType
        self.grader = grader
        self.evaluateCheckpoints = evaluateCheckpoints
    }
}

extension FineTuneSpec {
    /// The training method, named as in the provider's API.
    package enum Method: String, Hashable, Sendable, Codable, CaseIterable {
        case supervised, dpo, reinforcement
    }
}

/// The location of a fine-tuning job, which determines its price.
package enum TrainingType: String, Hashable, Sendable, Codable, CaseIterable {
    case standard, globalStandard, developerTier
}
