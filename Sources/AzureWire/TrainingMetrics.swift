// The loss and accuracy of a training step: in events, in checkpoints and as a row of the result file.

/// Metrics of one step; the validation ones stand only where a validation ran.
package struct TrainingMetrics: Hashable, Sendable, Codable {
    package var step: Int?
    package var trainLoss: Double?
    package var trainMeanTokenAccuracy: Double?
    package var validLoss: Double?
    package var validMeanTokenAccuracy: Double?
    package var fullValidLoss: Double?
    package var fullValidMeanTokenAccuracy: Double?

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
