// Training curves of a model: per epoch for local training, per step for a provider.

package import Basics

/// The curves and the cost of one model's training.
package struct TrainingHistory: Hashable, Sendable, Codable {
    /// One pass over the training split. Losses are mean cross-entropies in nats; accuracies are shares.
    package struct Epoch: Hashable, Sendable, Codable {
        /// Counted from 1.
        package var epoch: Int
        /// `nil` if an external trainer does not report it.
        package var trainLoss: Double?
        /// The share of correct training predictions; `nil` if not reported.
        package var trainAccuracy: Double?
        /// The mean cross-entropy in nats on the validation split; `nil` without validation.
        package var validationLoss: Double?
        /// The share of correct validation predictions; `nil` without validation.
        package var validationAccuracy: Double?
        /// The duration of the epoch, in seconds; `nil` if not reported.
        package var seconds: Double?

        /// Everything except the epoch number is optional, as external trainers report only a part.
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

    /// One optimizer step of a fine-tuning job, from the service's result file.
    package struct Step: Hashable, Sendable, Codable {
        /// Counted from 1.
        package var step: Int
        /// The training loss that the service reports.
        package var trainLoss: Double
        /// The training accuracy that the service reports, as a share.
        package var trainAccuracy: Double?
        /// The validation loss; `nil` for steps without validation.
        package var validationLoss: Double?
        /// The validation accuracy, as a share; `nil` for steps without validation.
        package var validationAccuracy: Double?

        /// Validation values are absent for most steps.
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

    /// The trainer of a model.
    package enum Kind: String, Hashable, Sendable, Codable {
        /// A provider fine-tuned its own model.
        case fineTune = "fine-tune"
        /// A network was trained locally, epoch by epoch.
        case epochs
    }

    /// The model's name in the spec.
    package var model: String
    /// The trainer.
    package var kind: Kind
    /// Empty for a fine-tune if the service reports only steps.
    package var epochs: [Epoch]
    /// Empty for training by epochs.
    package var steps: [Step]
    /// The epoch of the selected checkpoint.
    package var selectedEpoch: Int?
    /// The training cost; `nil` for local training or without a price.
    package var cost: Money?
    /// The hourly price of the trained model's deployment while it exists.
    package var hostingHourly: Money?
    /// The training time in seconds.
    package var seconds: Double?
    /// Tokens that the provider billed for training; `nil` for local training.
    package var trainedTokens: TokenCount?
    /// Whether an emulator did the training.
    package var isEmulated: Bool

    /// The defaults describe training without curves, cost or hosting.
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
