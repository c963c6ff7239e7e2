// Training errors, detected before or during an epoch.

import VisionProtocol

/// The reason why an epoch was not trained.
package enum TrainingError: Error, Hashable, Sendable {
    case lossNotFinite(epoch: Int, step: Int, learningRate: Double)
    case labelWithoutImages(String)
    case tooFewImages(images: Int, batchSize: Int)
    case oneValueAChannel
    case outOfMemory(batchSize: Int)
    case labelOutOfRange(path: String, label: Int, labels: Int)
    case pipeline(String)
    case otherInputSize(found: Int, needed: Int)
}

extension TrainingError {
    var code: VisionFailure.Code {
        switch self {
        case .lossNotFinite: .lossNotFinite
        case .labelWithoutImages: .labelWithoutImages
        case .tooFewImages, .oneValueAChannel: .tooFewImages
        case .outOfMemory: .outOfMemory
        case .labelOutOfRange, .pipeline, .otherInputSize: .badRequest
        }
    }
}

extension TrainingError: CustomStringConvertible {
    /// The message for users, with a suggestion where one is possible.
    package var description: String {
        switch self {
        case .lossNotFinite(let epoch, let step, let learningRate):
            "the loss is not finite in epoch \(epoch) at batch \(step): "
                + "try a learning rate below \(learningRate)"
        case .labelWithoutImages(let label): "the label '\(label)' has no training image"
        case .tooFewImages(let images, let batchSize):
            "\(images) training images are fewer than one batch of \(batchSize)"
        case .oneValueAChannel:
            "a batch of one image leaves batch normalization a single value per channel: "
                + "choose a batch_size that does not leave one image over"
        case .outOfMemory(let batchSize):
            "memory ran out with batches of \(batchSize) images"
                + (batchSize > 1 ? "; try batch_size \(batchSize / 2)" : "")
        case .labelOutOfRange(let path, let label, let labels):
            "'\(path)' has the label index \(label), but there are \(labels) labels"
        case .pipeline(let reason): "the image pipeline: \(reason)"
        case .otherInputSize(let found, let needed):
            "the image pipeline ends at \(found) pixels, the network reads \(needed)"
        }
    }
}
