// Requests for probes: features of images, fitting a classifier on them, applying it.

package import Basics

/// `extract-features`: computes the features of images by a network without its last layer.
package struct ExtractFeaturesCall: VisionCall {
    /// Counts the images done so far.
    package typealias Event = PredictionProgress
    /// The member that names this request on the wire.
    package static let name = "extract-features"

    /// The written table and how it was computed.
    package struct Result: Codable, Hashable, Sendable {
        /// Number of features per image.
        package var columns: Int
        /// Images per second, loading included.
        package var imagesPerSecond: Double
        /// Adjustments made when reading the weights file.
        package var weightsNotes: [String]

        /// - Parameter columns: number of features per image.
        package init(columns: Int, imagesPerSecond: Double, weightsNotes: [String]) {
            self.columns = columns
            self.imagesPerSecond = imagesPerSecond
            self.weightsNotes = weightsNotes
        }
    }

    /// The network.
    package var architecture: ArchitectureName
    /// Preprocessing; only the `evaluate` operations apply.
    package var images: ImageRecipe
    /// Path of the weights file; `nil` for random weights from seed 0.
    package var weights: String?
    /// The set of tensors to use, if the weights file contains several that fit.
    package var weightsKey: String?
    /// Paths of the images; rows of the table are in the same order.
    package var pictures: [String]
    /// Path of the `.npy` file to write.
    package var output: String
    /// Number of images per batch.
    package var batchSize: Int
    /// Number of CPU threads.
    package var threads: Int

    /// - Parameter weights: `nil` for random weights from seed 0.
    package init(
        architecture: ArchitectureName, images: ImageRecipe, weights: String?, weightsKey: String?, pictures: [String],
        output: String, batchSize: Int = 32, threads: Int
    ) {
        self.architecture = architecture
        self.images = images
        self.weights = weights
        self.weightsKey = weightsKey
        self.pictures = pictures
        self.output = output
        self.batchSize = batchSize
        self.threads = threads
    }

    /// The features of a batch use memory in proportion to its size.
    package var batchSizeInMemory: Int? { batchSize }
}

/// The classifier of a probe and the settings among which the validation images choose.
package enum ProbeHead: Codable, Hashable, Sendable {
    /// Multinomial logistic regression with an L2 penalty; inverse strengths.
    case logistic(c: [Double])
    /// The majority of the nearest training images; numbers of neighbours.
    case knn(k: [Int])

    /// The setting's name in tables and the spec.
    package var settingName: String {
        switch self {
        case .logistic: "c"
        case .knn: "k"
        }
    }
}

/// `fit-probe`: fits a classifier for each setting and keeps the one with the highest validation accuracy.
package struct FitProbeCall: VisionCall {
    /// Counts the settings tried so far.
    package typealias Event = PredictionProgress
    /// The member that names this request on the wire.
    package static let name = "fit-probe"

    /// Labelled features.
    package struct Part: Codable, Hashable, Sendable {
        /// Path of the table.
        package var features: String
        /// For each row of the table the index of its label.
        package var labels: [Int]

        /// - Parameter labels: for each row of the table the index of its label.
        package init(features: String, labels: [Int]) {
            self.features = features
            self.labels = labels
        }
    }

    /// The accuracies with one setting.
    package struct Trial: Codable, Hashable, Sendable {
        /// The setting: c or k.
        package var setting: Double
        /// The share of training images classified correctly.
        package var trainAccuracy: Double
        /// The share of validation images classified correctly; `nil` without validation images.
        package var validationAccuracy: Double?
        /// Iterations of the optimizer; `nil` for classifiers without one.
        package var iterations: Int?
        /// Whether the optimizer reached its tolerance.
        package var hasConverged: Bool

        /// Creates the record of one setting.
        package init(
            setting: Double, trainAccuracy: Double, validationAccuracy: Double?, iterations: Int?, hasConverged: Bool
        ) {
            self.setting = setting
            self.trainAccuracy = trainAccuracy
            self.validationAccuracy = validationAccuracy
            self.iterations = iterations
            self.hasConverged = hasConverged
        }
    }

    /// The trials in the order of the settings, and the chosen one.
    package struct Result: Codable, Hashable, Sendable {
        /// In ascending order of the settings.
        package var trials: [Trial]
        /// The index of the chosen trial.
        package var chosen: Int

        /// - Parameter chosen: the index of the chosen trial.
        package init(trials: [Trial], chosen: Int) {
            self.trials = trials
            self.chosen = chosen
        }
    }

    /// The classifier and its settings.
    package var head: ProbeHead
    /// The labels in the order of the classifier's outputs.
    package var labels: [String]
    /// The training images.
    package var training: Part
    /// The images that choose the setting; may be empty.
    package var validation: Part
    /// Path of the file to write: the fitted probe, in safetensors.
    package var output: String
    /// Number of CPU threads.
    package var threads: Int

    /// - Parameter labels: in the order of the classifier's outputs.
    package init(
        head: ProbeHead, labels: [String], training: Part, validation: Part, output: String, threads: Int
    ) {
        self.head = head
        self.labels = labels
        self.training = training
        self.validation = validation
        self.output = output
        self.threads = threads
    }
}

/// `apply-probe`: classifies images by their features.
package struct ApplyProbeCall: VisionCall {
    /// The predictions, in the order of the table's rows.
    package struct Result: Codable, Hashable, Sendable {
        /// The probe's labels, in the order of its outputs.
        package var labels: [String]
        /// One for each row.
        package var predictions: [Prediction]

        /// - Parameter labels: in the order of the classifier's outputs.
        package init(labels: [String], predictions: [Prediction]) {
            self.labels = labels
            self.predictions = predictions
        }
    }

    /// The member that names this request on the wire.
    package static let name = "apply-probe"

    /// Path of the fitted probe.
    package var probe: String
    /// Path of the table of features.
    package var features: String
    /// Number of most probable labels to return per image; `nil` for the first alone.
    package var top: Int?
    /// Number of CPU threads.
    package var threads: Int

    /// - Parameter top: number of labels per image; `nil` for the first alone.
    package init(probe: String, features: String, top: Int? = nil, threads: Int) {
        self.probe = probe
        self.features = features
        self.top = top
        self.threads = threads
    }
}
