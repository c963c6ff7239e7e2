// A fine-tuning job.

/// A fine-tuning job; all of it decides the model that comes out.
package struct FineTuneSpec: Hashable, Sendable, Codable {
    /// The model to start from, with its version.
    package var model: String
    /// How it is trained.
    package var method: Method
    /// What it is trained on.
    package var data: FineTuneDataSpec
    /// What is left out, the provider chooses.
    package var hyperparameters: HyperparametersSpec
    /// `seed`.
    package var seed: Int?
    /// The readable part of the model's name, at most 23 of letters, digits, `-` and `_`.
    package var suffix: String?
    /// `trainingType`; without it, the provider's own default.
    package var trainingType: TrainingType?
    /// What rewards an answer; for `reinforcement`.
    package var grader: GraderSpec?
    /// Whether the models of earlier epochs are evaluated too.
    package var evaluateCheckpoints: Bool

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
    package enum Method: String, Hashable, Sendable, Codable, CaseIterable {
        case supervised, dpo, reinforcement
    }
}

/// Where a fine-tuning job runs; decides its price.
package enum TrainingType: String, Hashable, Sendable, Codable, CaseIterable {
    case standard, globalStandard, developerTier
}
