// Loss and accuracy of a training step, in events, in checkpoints and as a row of the result file.

/// The metrics of one step. Validation metrics are set only for steps with a validation.
package struct TrainingMetrics: Hashable, Sendable, Codable {
    /// From 1; `nil` where the server omits it.
    package var step: Int?
    /// Mean loss on the batch of the step.
    package var trainLoss: Double?
    /// Share of training tokens predicted correctly, 0 to 1.
    package var trainMeanTokenAccuracy: Double?
    /// Mean loss on a sample of the validation data.
    package var validLoss: Double?
    /// Share of those validation tokens predicted correctly, 0 to 1.
    package var validMeanTokenAccuracy: Double?
    /// Mean loss on all validation data, usually at the end of an epoch.
    package var fullValidLoss: Double?
    /// Share of all validation tokens predicted correctly, 0 to 1.
    package var fullValidMeanTokenAccuracy: Double?

    /// Metrics that were not measured stay `nil`.
    package init(
        step: Int?, trainLoss: Double?, trainMeanTokenAccuracy: Double?, validLoss: Double? = nil,
        validMeanTokenAccuracy: Double? = nil, fullValidLoss: Double? = nil,
        fullValidMeanTokenAccuracy: Double? = nil
    ) {
        self.step = step
        self.trainLoss = trainLoss
        self.trainMeanTokenAccuracy = trainMeanTokenAccuracy
        self.validLoss = validLoss
        self.validMeanTokenAccuracy = validMeanTokenAccuracy
        self.fullValidLoss = fullValidLoss
        self.fullValidMeanTokenAccuracy = fullValidMeanTokenAccuracy
    }

    enum CodingKeys: String, CodingKey {
        case step
        case trainLoss = "train_loss"
        case trainMeanTokenAccuracy = "train_mean_token_accuracy"
        case validLoss = "valid_loss"
        case validMeanTokenAccuracy = "valid_mean_token_accuracy"
        case fullValidLoss = "full_valid_loss"
        case fullValidMeanTokenAccuracy = "full_valid_mean_token_accuracy"
    }

    /// Requires no member; malformed numbers decode as `nil`.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        step = container.optionalCount(.step)
        trainLoss = container.optionalDouble(.trainLoss)
        trainMeanTokenAccuracy = container.optionalDouble(.trainMeanTokenAccuracy)
        validLoss = container.optionalDouble(.validLoss)
        validMeanTokenAccuracy = container.optionalDouble(.validMeanTokenAccuracy)
        fullValidLoss = container.optionalDouble(.fullValidLoss)
        fullValidMeanTokenAccuracy = container.optionalDouble(.fullValidMeanTokenAccuracy)
    }
}
