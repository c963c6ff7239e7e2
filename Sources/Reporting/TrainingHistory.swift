// How a model was trained: by epochs here, or step by step at a provider.

package import Basics

/// The curves and the cost of one model's training.
package struct TrainingHistory: Hashable, Sendable, Codable {
    /// One pass over the training split. Losses are means of cross-entropy in nats; accuracies shares.
    package struct Epoch: Hashable, Sendable, Codable {
        /// From 1.
        package var epoch: Int
        /// `nil` if an external trainer does not report it.
        package var trainLoss: Double?
        package var trainAccuracy: Double?
        package var validationLoss: Double?
        package var validationAccuracy: Double?
        package var seconds: Double?

        package init(
            epoch: Int, trainLoss: Double?, trainAccuracy: Double? = nil, validationLoss: Double? = nil,
            validationAccuracy: Double? = nil, seconds: Double? = nil
        ) {
            self.epoch = epoch
            self.trainLoss = trainLoss
            self.trainAccuracy = trainAccuracy
            self.validationLoss = validationLoss
            self.validationAccuracy = validationAccuracy
            self.seconds = seconds
        }

        private enum CodingKeys: String, CodingKey {
            case epoch, seconds
            case trainLoss = "train_loss"
            case trainAccuracy = "train_accuracy"
            case validationLoss = "validation_loss"
            case validationAccuracy = "validation_accuracy"
        }
    }

    /// One optimizer step of a fine-tune, as the result file of the service tells it.
    package struct Step: Hashable, Sendable, Codable {
        /// From 1.
        package var step: Int
        package var trainLoss: Double
        package var trainAccuracy: Double?
        package var validationLoss: Double?
        package var validationAccuracy: Double?

        package init(
            step: Int, trainLoss: Double, trainAccuracy: Double? = nil, validationLoss: Double? = nil,
            validationAccuracy: Double? = nil
        ) {
            self.step = step
            self.trainLoss = trainLoss
            self.trainAccuracy = trainAccuracy
            self.validationLoss = validationLoss
            self.validationAccuracy = validationAccuracy
        }
    }

    package enum Kind: String, Hashable, Sendable, Codable {
        /// A provider continued the training of its own model.
        case fineTune = "fine-tune"
        /// A network was trained here, epoch by epoch.
        case epochs
    }

    package var model: String
    package var kind: Kind
    /// Empty for a fine-tune whose service tells only of steps.
    package var epochs: [Epoch]
    /// Empty for training by epochs.
    package var steps: [Step]
    /// The epoch whose checkpoint was chosen.
    package var selectedEpoch: Int?
    package var cost: Money?
    /// What the trained model's deployment bills by the hour, while it is up.
    package var hostingHourly: Money?
    /// The time that training took when it ran.
    package var seconds: Double?
    package var trainedTokens: TokenCount?
    package var isEmulated: Bool

    package init(
        model: String, kind: Kind, epochs: [Epoch] = [], steps: [Step] = [], selectedEpoch: Int? = nil,
        cost: Money? = nil, hostingHourly: Money? = nil, seconds: Double? = nil, trainedTokens: TokenCount? = nil,
        isEmulated: Bool = false
    ) {
        self.model = model
        self.kind = kind
        self.epochs = epochs
        self.steps = steps
        self.selectedEpoch = selectedEpoch
        self.cost = cost
        self.hostingHourly = hostingHourly
        self.seconds = seconds
        self.trainedTokens = trainedTokens
        self.isEmulated = isEmulated
    }
}
