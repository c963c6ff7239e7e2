// Classifies images with a trained CNN and measures throughput and latency.

import Basics
import Foundation
package import VisionProtocol

/// Serves `predict`: first all images in batches, for labels and throughput; then, on request, each image alone, for
/// latency.
package struct Predictor {
    private let call: PredictCall

    /// Creates a predictor without reading any file.
    package init(_ call: PredictCall) { self.call = call }

    /// Predicts all images.
    /// - Throws: `WeightsError`, `ImageError`, `TorchError`.
    package func run(progress: (PredictionProgress) -> Void) throws -> Predictions {
        // Prediction needs far less memory than preceding training has cached.
        Torch.releaseMemory()
        return try Torch.on(call.device) {
            try Torch.with(threads: call.threads, recordingGradients: false) { try predict(progress) }
        }
    }

    private func predict(_ progress: (PredictionProgress) -> Void) throws -> Predictions {
        let checkpoint = try Checkpoint(reading: call.checkpoint)
        let record = checkpoint.record
        guard record.architecture == call.architecture else {
            throw WeightsError.otherCheckpoint("it is a \(record.architecture.rawValue)")
        }
        let network = try Network(
            Architecture(call.architecture, classes: (record.output ?? .label).width(labels: record.labels.count)),
            generator: TorchGenerator(seed: 0))
        try network.restore(checkpoint.tensors)
        let pipeline = try ImagePipeline(call.images.evaluate, for: call.images)
        let total = call.pictures.count * (call.measureLatency ? 2 : 1)

        let clock = ContinuousClock()
        let start = clock.now
        var predictions = try inBatches(network, record, pipeline) {
            progress(PredictionProgress(done: $0, of: total))
        }
        let seconds = (clock.now - start).seconds
        if call.measureLatency {
            let latencies = try oneByOne(network, pipeline) {
                progress(PredictionProgress(done: call.pictures.count + $0, of: total))
            }
            for (index, latency) in latencies.enumerated() {
                predictions[index].latencyMilliseconds = latency
            }
        }
        return Predictions(
            labels: record.labels, predictions: predictions,
            imagesPerSecond: call.pictures.isEmpty ? 0 : Double(call.pictures.count) / seconds,
            numerics: Torch.numerics(threads: call.threads, device: call.device))
    }

    private func inBatches(
        _ network: Network, _ record: CheckpointRecord, _ pipeline: ImagePipeline, progress: (Int) -> Void
    ) throws -> [Prediction] {
        let paths = call.pictures
        let loader = BatchLoader(
            count: paths.count, batchSize: call.batchSize, side: call.images.inputSize, threads: call.threads
        ) { index in
            var random = SeededRandom(seed: 0)
            return pipeline.transformed(try ImageDecoder.decode(path: paths[index]), random: &random)
        }
        defer { loader.stop() }
        var predictions: [Prediction] = []
        while let batch = try loader.next() {
            let logits = try network.forward(.pictures(batch, tables: pipeline.tables))
            // The largest of values that are not numbers would be the first label.
            let outputs = try logits.floats()
            if let place = outputs.firstIndex(where: { !$0.isFinite }) {
                let row = place / (outputs.count / batch.count)
                throw WeightsError.outputNotFinite(path: paths[predictions.count + row])
            }
            switch record.output ?? .label {
            case .label: predictions += try labels(logits, batch.count)
            case .tags:
                let shares = try logits.activated(.sigmoid).floats()
                let columns = shares.count / batch.count
                for row in 0..<batch.count {
                    let own = shares[(row * columns)..<((row + 1) * columns)].map { Double($0) }
                    predictions.append(Prediction(tagShares: own, top: call.top))
                }
            case .count:
                guard let scale = record.scale, scale.count == 2 else {
                    throw WeightsError.otherCheckpoint("its record lacks the scale of its counts")
                }
                predictions += try logits.floats().map { Prediction(count: Double($0) * scale[1] + scale[0]) }
            }
            progress(predictions.count)
        }
        return predictions
    }

    /// The most probable label of each image of a batch.
    private func labels(_ logits: Tensor, _ count: Int) throws -> [Prediction] {
        let shares = try logits.softmax().floats()
        let columns = shares.count / count
        return try logits.largestInRows().enumerated().map { row, label in
            let share = Double(shares[row * columns + label])
            var prediction = Prediction(label: label, probability: share, latencyMilliseconds: nil)
            if let top = call.top {
                let row = shares[(row * columns)..<((row + 1) * columns)].map { Double($0) }
                prediction.top = Prediction(shares: row, top: top).top
            }
            return prediction
        }
    }

    /// The latency of each image in milliseconds, from file to label, one image at a time.
    private func oneByOne(
        _ network: Network, _ pipeline: ImagePipeline, progress: (Int) -> Void
    ) throws -> [Double] {
        let clock = ContinuousClock()
        func answer(_ path: String) throws -> Double {
            let start = clock.now
            var random = SeededRandom(seed: 0)
            let picture = pipeline.transformed(try ImageDecoder.decode(path: path), random: &random)
            let batch = PixelBatch(of: [picture], side: call.images.inputSize)
            _ = try network.forward(.pictures(batch, tables: pipeline.tables)).largestInRows()
            return (clock.now - start).seconds * 1000
        }
        for path in call.pictures.prefix(call.warmUps) { _ = try answer(path) }
        return try call.pictures.enumerated().map { index, path in
            let latency = try answer(path)
            if (index + 1) % 20 == 0 || index + 1 == call.pictures.count { progress(index + 1) }
            return latency
        }
    }
}
