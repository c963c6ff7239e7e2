// The request that classifies images with a trained CNN.

package import Basics

/// `predict`: classifies images with a checkpoint and measures throughput and, on request, latency.
package struct PredictCall: VisionCall {
    /// Counts the images answered so far.
    package typealias Event = PredictionProgress
    /// A prediction for each image.
    package typealias Result = Predictions
    /// The member that names this request on the wire.
    package static let name = "predict"

    /// The checkpoint's architecture.
    package var architecture: ArchitectureName
    /// Preprocessing; only the `evaluate` operations apply.
    package var images: ImageRecipe
    /// Path of the checkpoint.
    package var checkpoint: String
    /// Paths of the images; predictions are in the same order.
    package var pictures: [String]
    /// Number of images per batch when predicting and measuring throughput.
    package var batchSize: Int
    /// Whether to also classify one image at a time and report its latency in milliseconds.
    package var measureLatency: Bool
    /// Number of untimed answers before the first timed one.
    package var warmUps: Int
    /// Number of CPU threads.
    package var threads: Int

    /// - Parameter warmUps: number of untimed answers before the first timed one.
    package init(
        architecture: ArchitectureName, images: ImageRecipe, checkpoint: String, pictures: [String],
        batchSize: Int = 32, measureLatency: Bool, warmUps: Int = 5, threads: Int
    ) {
        self.architecture = architecture
        self.images = images
        self.checkpoint = checkpoint
        self.pictures = pictures
        self.batchSize = batchSize
        self.measureLatency = measureLatency
        self.warmUps = warmUps
        self.threads = threads
    }

    /// Prediction uses memory in proportion to the batch size.
    package var batchSizeInMemory: Int? { batchSize }
}

/// Progress: number of images done.
package struct PredictionProgress: Codable, Hashable, Sendable {
    /// Number of images done.
    package var done: Int
    /// Total number of images.
    package var of: Int

    /// Creates a progress event; `done` is at most `of`.
    package init(done: Int, of: Int) {
        self.done = done
        self.of = of
    }
}

/// The prediction for one image.
package struct Prediction: Codable, Hashable, Sendable {
    /// Index into the checkpoint's labels.
    package var label: Int
    /// Softmax probability of that label, 0...1.
    package var probability: Double
    /// Time from the file's bytes to the label, one image at a time, in milliseconds; `nil` if latency was not
    /// measured.
    package var latencyMilliseconds: Double?

    /// - Parameter latencyMilliseconds: `nil` if latency was not measured.
    package init(label: Int, probability: Double, latencyMilliseconds: Double?) {
        self.label = label
        self.probability = probability
        self.latencyMilliseconds = latencyMilliseconds
    }
}

/// All predictions of a checkpoint, with throughput and the library that computed them.
package struct Predictions: Codable, Hashable, Sendable {
    /// The checkpoint's labels, in the order of the network's outputs.
    package var labels: [String]
    /// One for each image, in the request's order.
    package var predictions: [Prediction]
    /// Images per second in batches, loading included.
    package var imagesPerSecond: Double
    /// The library that computed the predictions; part of their identity.
    package var numerics: NumericLibrary

    /// - Parameter imagesPerSecond: throughput in batches, loading included.
    package init(
        labels: [String], predictions: [Prediction], imagesPerSecond: Double, numerics: NumericLibrary
    ) {
        self.labels = labels
        self.predictions = predictions
        self.imagesPerSecond = imagesPerSecond
        self.numerics = numerics
    }
}
