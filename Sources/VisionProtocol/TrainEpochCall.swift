// Trains one epoch of a CNN from where the epoch before it ended.

package import Basics

/// `train-epoch`: one pass over the training pictures, then the validation pictures.
package struct TrainEpochCall: VisionCall {
    package typealias Event = TrainingProgress
    package typealias Result = EpochResult
    package static let name = "train-epoch"

    package enum Start: Codable, Hashable, Sendable {
        /// Initial layers from the seed.
        case fresh
        /// A weights file, safetensors or `.pth`; the last layer is made anew when its shape differs. `key` names the set of
        /// tensors to take, where the file has several that fit.
        case weights(path: String, key: String?)
        /// The checkpoint of the epoch before.
        case checkpoint(path: String)
    }

    package var recipe: TrainingRecipe
    /// Counts from 1.
    package var epoch: Int
    package var start: Start
    /// The labels in the order of the network's outputs.
    package var labels: [String]
    package var training: [LabelledImage]
    package var validation: [LabelledImage]
    /// Where the checkpoint is written (temporary file, then rename).
    package var output: String
    package var threads: Int

    package init(
        recipe: TrainingRecipe, epoch: Int, start: Start, labels: [String], training: [LabelledImage],
        validation: [LabelledImage], output: String, threads: Int
    ) {
        self.recipe = recipe
        self.epoch = epoch
        self.start = start
        self.labels = labels
        self.training = training
        self.validation = validation
        self.output = output
        self.threads = threads
    }

    package var batchSizeInMemory: Int? { recipe.batchSize }
}

/// Where an epoch is.
package struct TrainingProgress: Codable, Hashable, Sendable {
    package enum Phase: String, Codable, Sendable { case training, validation }
    package var phase: Phase
    /// Batches done, of so many in this phase.
    package var step: Int
    package var of: Int
    /// The mean loss of the batch that was done last.
    package var loss: Double

    package init(phase: Phase, step: Int, of: Int, loss: Double) {
        self.phase = phase
        self.step = step
        self.of = of
        self.loss = loss
    }
}

/// What an epoch gave.
package struct EpochResult: Codable, Hashable, Sendable {
    package var epoch: Int
    package var learningRate: Double
    /// Mean loss per picture while training, label smoothing included.
    package var trainLoss: Double
    /// Share of training pictures that were right when they were trained on, 0...1.
    package var trainAccuracy: Double
    /// Plain cross-entropy per validation picture; `nil` without validation pictures.
    package var validationLoss: Double?
    package var validationAccuracy: Double?
    package var seconds: Double
    /// Training pictures per second, loading included.
    package var imagesPerSecond: Double
    /// Parameters that were made anew because the weights file had none of that name and shape.
    package var replaced: [String]
    /// What was done to a file of weights when it was read, such as "prefix 'module.' removed from the tensors' names".
    package var weightsNotes: [String]
    package var record: CheckpointRecord

    package init(
        epoch: Int, learningRate: Double, trainLoss: Double, trainAccuracy: Double, validationLoss: Double?,
        validationAccuracy: Double?, seconds: Double, imagesPerSecond: Double, replaced: [String],
        weightsNotes: [String] = [], record: CheckpointRecord
    ) {
        self.epoch = epoch
        self.learningRate = learningRate
        self.trainLoss = trainLoss
        self.trainAccuracy = trainAccuracy
        self.validationLoss = validationLoss
        self.validationAccuracy = validationAccuracy
        self.seconds = seconds
        self.imagesPerSecond = imagesPerSecond
        self.replaced = replaced
        self.weightsNotes = weightsNotes
        self.record = record
    }
}

/// What made a checkpoint; kept in the checkpoint's own metadata too.
package struct CheckpointRecord: Codable, Hashable, Sendable {
    package var format: Int
    package var architecture: ArchitectureName
    package var labels: [String]
    package var epoch: Int
    package var numerics: NumericLibrary

    package init(
        format: Int, architecture: ArchitectureName, labels: [String], epoch: Int, numerics: NumericLibrary
    ) {
        self.format = format
        self.architecture = architecture
        self.labels = labels
        self.epoch = epoch
        self.numerics = numerics
    }
}
