// The request that trains one epoch of a CNN, starting from the previous epoch.

package import Basics

/// `train-epoch`: one pass over the training images, then over the validation images.
package struct TrainEpochCall: VisionCall {
    /// Sent while the epoch runs.
    package typealias Event = TrainingProgress
    /// The epoch's metrics and the record of its checkpoint.
    package typealias Result = EpochResult
    /// The member that names this request on the wire.
    package static let name = "train-epoch"

    /// The parameters that the epoch starts from.
    package enum Start: Codable, Hashable, Sendable {
        /// Initialized from the seed.
        case fresh
        /// A weights file, safetensors or `.pth`; the last layer is reinitialized if its shape differs. `key` selects
        /// the tensor set if the file has several that fit.
        case weights(path: String, key: String?)
        /// The previous epoch's checkpoint.
        case checkpoint(path: String)
    }

    /// Determines the result, together with data, start and epoch.
    package var recipe: TrainingRecipe
    /// Counted from 1.
    package var epoch: Int
    /// `checkpoint` for every epoch after the first.
    package var start: Start
    /// The labels in the order of the network's outputs.
    package var labels: [String]
    /// Training images, in an order that the seed shuffles.
    package var training: [LabelledImage]
    /// Validation images; may be empty.
    package var validation: [LabelledImage]
    /// Path of the checkpoint (written to a temporary file, then renamed).
    package var output: String
    /// Number of CPU threads.
    package var threads: Int
    /// `nil` for the CPU.
    package var device: ComputeDevice?

    /// - Parameter labels: in the order of the network's outputs; images refer to them by index.
    package init(
        recipe: TrainingRecipe, epoch: Int, start: Start, labels: [String], training: [LabelledImage],
        validation: [LabelledImage], output: String, threads: Int, device: ComputeDevice? = nil
    ) {
        self.recipe = recipe
        self.epoch = epoch
        self.start = start
        self.labels = labels
        self.training = training
        self.validation = validation
        self.output = output
        self.threads = threads
        self.device = device
    }

    /// Training uses memory in proportion to the recipe's batch size.
    package var batchSizeInMemory: Int? { recipe.batchSize }
}

/// The progress within an epoch.
package struct TrainingProgress: Codable, Hashable, Sendable {
    /// The two passes of an epoch, in this order.
    package enum Phase: String, Codable, Sendable { case training, validation }
    /// The current pass.
    package var phase: Phase
    /// Number of batches done in this phase.
    package var step: Int
    /// Number of batches in this phase.
    package var of: Int
    /// Mean loss of the latest batch.
    package var loss: Double

    /// Creates a progress event; `step` is at most `of`.
    package init(phase: Phase, step: Int, of: Int, loss: Double) {
        self.phase = phase
        self.step = step
        self.of = of
        self.loss = loss
    }
}

/// The metrics of one epoch.
package struct EpochResult: Codable, Hashable, Sendable {
    /// Counted from 1.
    package var epoch: Int
    /// The epoch's learning rate according to the schedule.
    package var learningRate: Double
    /// Mean training loss per image: cross-entropy with label smoothing, binary cross-entropy, or squared error of counts.
    package var trainLoss: Double
    /// Share of training images answered correctly during training, 0...1: the label, all tags, the rounded count.
    package var trainAccuracy: Double
    /// Mean cross-entropy per validation image, without label smoothing; `nil` without validation images.
    package var validationLoss: Double?
    /// Share of validation images answered correctly, 0...1; `nil` without validation images.
    package var validationAccuracy: Double?
    /// Wall-clock time of the epoch.
    package var seconds: Double
    /// Training images per second, loading included.
    package var imagesPerSecond: Double
    /// Parameters that were reinitialized because the weights file had none of that name and shape.
    package var replaced: [String]
    /// Adjustments made when reading the weights file, such as "prefix 'module.' removed from the tensors' names".
    package var weightsNotes: [String]
    /// Identifies the checkpoint that the epoch wrote.
    package var record: CheckpointRecord

    /// - Parameter validationLoss: `nil` without validation images, like `validationAccuracy`.
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

/// The provenance of a checkpoint, also stored in the checkpoint's metadata.
package struct CheckpointRecord: Codable, Hashable, Sendable {
    /// Version of the checkpoint format.
    package var format: Int
    /// The network; a checkpoint of another architecture does not load.
    package var architecture: ArchitectureName
    /// The labels in the order of the network's outputs.
    package var labels: [String]
    /// The epoch that wrote the checkpoint, counted from 1.
    package var epoch: Int
    /// The library that trained it.
    package var numerics: NumericLibrary
    /// The meaning of the outputs; `nil` for one label per image.
    package var output: NetworkOutput?
    /// For counts: the mean and the standard deviation of the training images, by which the output is scaled.
    package var scale: [Double]?

    /// - Parameter labels: in the order of the network's outputs.
    package init(
        format: Int, architecture: ArchitectureName, labels: [String], epoch: Int, numerics: NumericLibrary,
        output: NetworkOutput? = nil, scale: [Double]? = nil
    ) {
        self.format = format
        self.architecture = architecture
        self.labels = labels
        self.epoch = epoch
        self.numerics = numerics
        self.output = output
        self.scale = scale
    }
}
