// Computes features of images by a network without its last layer.

import Basics
import Foundation
package import VisionProtocol

/// Serves `extract-features`: runs a network without its last layer over images and writes the matrix.
package struct FeatureExtractor {
    private let call: ExtractFeaturesCall

    /// Creates an extractor without reading any file.
    package init(_ call: ExtractFeaturesCall) { self.call = call }

    /// Computes the features of all images and writes the table.
    /// - Throws: `WeightsError`, `ImageError`, `TorchError`.
    package func run(progress: (PredictionProgress) -> Void) throws -> ExtractFeaturesCall.Result {
        try Torch.with(threads: call.threads, recordingGradients: false) {
            // The width of the last layer does not matter: it is not used.
            let network = try Network(Architecture(call.architecture, classes: 2), generator: TorchGenerator(seed: 0))
            var notes: [String] = []
            if let path = call.weights {
                let stored = try WeightsFile.read(path)
                do {
                    notes = try network.load(stored, key: call.weightsKey, replacingClassifier: true).notes
                } catch let error as WeightsError {
                    throw WeightsError.inFile(path: path, reason: "\(error)")
                }
            }
            let pipeline = try ImagePipeline(call.images.evaluate, for: call.images)
            let paths = call.pictures
            let clock = ContinuousClock()
            let start = clock.now
            let loader = BatchLoader(
                count: paths.count, batchSize: call.batchSize, side: call.images.inputSize, threads: call.threads
            ) { index in
                var random = SeededRandom(seed: 0)
                return pipeline.transformed(try ImageDecoder.decode(path: paths[index]), random: &random)
            }
            defer { loader.stop() }
            var values: [Float] = []
            var columns = 0
            var done = 0
            while let batch = try loader.next() {
                let features = try network.features(.pictures(batch, tables: pipeline.tables))
                columns = features.shape[1]
                values += try features.floats()
                done += batch.count
                progress(PredictionProgress(done: done, of: paths.count))
            }
            let seconds = (clock.now - start).seconds
            try FeatureTable(rows: paths.count, columns: columns, values: values).encoded.writeDurably(to: call.output)
            return ExtractFeaturesCall.Result(
                columns: columns, imagesPerSecond: paths.isEmpty ? 0 : Double(paths.count) / seconds, weightsNotes: notes)
        }
    }
}

extension Network {
    /// The input of the last layer for a batch, one row per image.
    package func features(_ batch: Tensor) throws -> Tensor {
        let body = LayerSequence(Array(architecture.layers.layers.dropLast()))
        return try body.forward(batch, ForwardPass(tensors: tensors, training: nil))
    }
}
