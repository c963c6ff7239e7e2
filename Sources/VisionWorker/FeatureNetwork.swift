// The emulated model's eyes: a trained network without its last layer.

import CTorch
import Foundation
import VisionProtocol

/// A trained network that turns pictures into features, and the last layer that it was trained with.
///
/// Not to be shared between threads.
final class FeatureNetwork {
    let pipeline: ImagePipeline
    let featureCount: Int
    private let network: Network
    private let body: LayerSequence

    /// - Throws: ``WeightsError`` when the weights do not fit the architecture.
    init(_ architecture: Architecture, weights: StoredWeights, pipeline: ImagePipeline) throws {
        self.pipeline = pipeline
        network = try Network(architecture, generator: TorchGenerator(seed: 0))
        _ = try network.load(weights, replacingClassifier: false)
        body = LayerSequence(Array(architecture.layers.layers.dropLast()))
        featureCount = try Self.classifier(of: network, "weight").shape[1]
    }

    /// The last layer: what each class looks for in the features.
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

    /// The features of pictures that went through the pipeline's transforms, row after row.
    func features(of pictures: [RGBImage], threads: Int) throws -> [Float] {
        try Torch.with(threads: threads, recordingGradients: false) {
            let pixels = PixelBatch(of: pictures, side: pipeline.outputSize.width)
            let batch = try Tensor.pictures(pixels, tables: pipeline.tables)
            return try body.forward(batch, ForwardPass(tensors: network.tensors, training: nil)).floats()
        }
    }
}
