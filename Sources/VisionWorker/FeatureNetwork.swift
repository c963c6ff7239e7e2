// The feature extractor of the emulated model: a trained network without its last layer.

import CTorch
import Foundation
import VisionProtocol

/// A trained network that computes features of images, and its original last layer.
///
/// Not thread-safe.
final class FeatureNetwork {
    let pipeline: ImagePipeline
    let featureCount: Int
    private let network: Network

    /// - Throws: ``WeightsError`` if the weights do not fit the architecture.
    init(_ architecture: Architecture, weights: StoredWeights, pipeline: ImagePipeline) throws {
        self.pipeline = pipeline
        network = try Network(architecture, generator: TorchGenerator(seed: 0))
        _ = try network.load(weights, replacingClassifier: false)
        featureCount = try Self.classifier(of: network, "weight").shape[1]
    }

    /// The last layer's rows, one per class.
    func classifier() throws -> LabelRows {
        try LabelRows(
            weight: Self.classifier(of: network, "weight").floats(),
            bias: Self.classifier(of: network, "bias").floats())
    }

    private static func classifier(of network: Network, _ part: String) throws -> Tensor {
        let name = network.architecture.classifier + "." + part
        guard let tensor = network.tensors[name] else { throw WeightsError.missing([name]) }
        return tensor
    }

    /// The features of preprocessed images, one row each.
    func features(of pictures: [RGBImage], threads: Int) throws -> [Float] {
        try Torch.with(threads: threads, recordingGradients: false) {
            let pixels = PixelBatch(of: pictures, side: pipeline.outputSize.width)
            let batch = try Tensor.pictures(pixels, tables: pipeline.tables)
            return try network.features(batch).floats()
        }
    }
}
