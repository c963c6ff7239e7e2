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
    /// Number of most probable labels to return per image; `nil` for the first alone.
    package var top: Int?
    /// Number of CPU threads.
    package var threads: Int
    /// `nil` for the CPU.
    package var device: ComputeDevice?

    /// - Parameter warmUps: number of untimed answers before the first timed one.
    package init(
        architecture: ArchitectureName, images: ImageRecipe, checkpoint: String, pictures: [String],
        batchSize: Int = 32, measureLatency: Bool, warmUps: Int = 5, top: Int? = nil, threads: Int,
        device: ComputeDevice? = nil
    ) {
        self.architecture = architecture
        self.images = images
        self.checkpoint = checkpoint
        self.pictures = pictures
        self.batchSize = batchSize
        self.measureLatency = measureLatency
        self.warmUps = warmUps
        self.top = top
        self.threads = threads
        self.device = device
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
    /// Index into the checkpoint's labels; 0 for other outputs than a label.
    package var label: Int
    /// Softmax probability of that label, 0...1; 0 for other outputs.
    package var probability: Double
    /// Time from the file's bytes to the label, one image at a time, in milliseconds; `nil` if latency was not
    /// measured.
    package var latencyMilliseconds: Double?
    /// The most probable labels or tags in descending order of probability; `nil` unless the request asks for them.
    package var top: [LabelShare]?
    /// For tags: indices into the checkpoint's labels of those with a probability of at least 0.5.
    package var tags: [Int]?
    /// For counts: the number, a whole one of at least 0.
    package var count: Int?

    /// A label with its probability.
    package struct LabelShare: Codable, Hashable, Sendable {
        /// Index into the checkpoint's labels.
        package var label: Int
        /// Softmax probability of the label or sigmoid probability of the tag, 0...1.
        package var probability: Double

        /// - Parameter probability: from 0 to 1.
        package init(label: Int, probability: Double) {
            self.label = label
            self.probability = probability
        }
    }

    /// The prediction for the probabilities of all labels. Of equal ones the first is used.
    /// - Parameter top: number of labels to list; `nil` for none.
    package init(shares: some RandomAccessCollection<Double>, top: Int?) {
        let ranked = shares.enumerated().sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }
        self.init(label: ranked.first?.offset ?? 0, probability: ranked.first?.element ?? 0, latencyMilliseconds: nil)
        self.top = top.map { top in ranked.prefix(top).map { LabelShare(label: $0.offset, probability: $0.element) } }
    }

    /// The prediction of tags for the probabilities of all of them.
    /// - Parameter top: number of tags to list; `nil` for none.
    package init(tagShares shares: [Double], top: Int?) {
        self.init(label: 0, probability: 0, latencyMilliseconds: nil)
        tags = shares.indices.filter { shares[$0] >= 0.5 }
        self.top = top == nil ? nil : Prediction(shares: shares, top: top).top
    }

    /// The prediction of a number of objects: the nearest whole number of at least 0.
    package init(count: Double) {
        self.init(label: 0, probability: 0, latencyMilliseconds: nil)
        self.count = Int(saturating: max(0, count.rounded()))
    }

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
