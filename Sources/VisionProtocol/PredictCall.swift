// Asks a trained CNN for the labels of pictures.

package import Basics

/// `predict`: the label of each picture by a checkpoint, and how long an answer takes.
package struct PredictCall: VisionCall {
    package typealias Event = PredictionProgress
    package typealias Result = Predictions
    package static let name = "predict"

    package var architecture: ArchitectureName
    package var images: ImageRecipe
    package var checkpoint: String
    /// Paths of the pictures; the predictions come in the same order.
    package var pictures: [String]
    /// Pictures at once when throughput is measured and labels are found.
    package var batchSize: Int
    /// Also answers one picture at a time and reports each picture's milliseconds.
    package var measureLatency: Bool
    /// Answers before the first that is timed.
    package var warmUps: Int
    package var threads: Int

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

    package var batchSizeInMemory: Int? { batchSize }
}

/// Pictures answered so far.
package struct PredictionProgress: Codable, Hashable, Sendable {
    package var done: Int
    package var of: Int

    package init(done: Int, of: Int) {
        self.done = done
        self.of = of
    }
}

package struct Prediction: Codable, Hashable, Sendable {
    /// Index into the checkpoint's labels.
    package var label: Int
    /// The softmax of that label, 0...1.
    package var probability: Double
    /// From the file's bytes to the label, one picture at a time; `nil` when latency was not measured.
    package var latencyMilliseconds: Double?

    package init(label: Int, probability: Double, latencyMilliseconds: Double?) {
        self.label = label
        self.probability = probability
        self.latencyMilliseconds = latencyMilliseconds
    }
}

package struct Predictions: Codable, Hashable, Sendable {
    /// The labels of the checkpoint, in the order of the network's outputs.
    package var labels: [String]
    package var predictions: [Prediction]
    /// Pictures per second in batches, loading included.
    package var imagesPerSecond: Double
    package var numerics: NumericLibrary

    package init(
        labels: [String], predictions: [Prediction], imagesPerSecond: Double, numerics: NumericLibrary
    ) {
        self.labels = labels
        self.predictions = predictions
        self.imagesPerSecond = imagesPerSecond
        self.numerics = numerics
    }
}
