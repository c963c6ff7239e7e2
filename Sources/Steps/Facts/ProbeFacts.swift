// The facts of probes: computed features and the fitted classifier.

package import Basics

/// The facts of the features of one part.
package struct ExtractFeaturesFacts: StepFacts {
    /// Number of distinct images.
    package var images: Int?
    /// Number of images that were not known from earlier steps.
    package var computed: Int?
    /// Number of features per image.
    package var columns: Int?
    /// Computed images per second; `nil` if all were known.
    package var imagesPerSecond: Double?
    /// Differences between the given weights and the network.
    package var weights: [String] = []

    /// - Parameter computed: the images that were not known from earlier steps.
    package init(images: Int, computed: Int) {
        self.images = images
        self.computed = computed
    }

    /// Reads stored facts; absent members become `nil` or empty.
    package init(_ json: JSONValue) {
        images = json["images"]?.int
        computed = json["computed"]?.int
        columns = json["columns"]?.int
        imagesPerSecond = json["images_per_second"]?.double
        weights = json.texts("weights")
    }

    /// The stored form, without absent members.
    package var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["images"] = images.map { .int(Int64($0)) }
        members["computed"] = computed.map { .int(Int64($0)) }
        members["columns"] = columns.map { .int(Int64($0)) }
        members["images_per_second"] = imagesPerSecond.map { .double($0) }
        members["weights"] = JSONValue(texts: weights)
        return .object(members)
    }
}

/// The chosen setting of a fitted probe and its accuracies, for the report.
package struct FitProbeFacts: StepFacts {
    /// The chosen setting, such as `c 0.1`.
    package var setting: String?
    /// The share of validation images classified correctly; `nil` without validation images.
    package var validationAccuracy: Double?
    /// The share of training images classified correctly.
    package var trainAccuracy: Double?
    /// The duration of all fits in seconds.
    package var seconds: Double?

    /// - Parameter setting: such as `c 0.1`.
    package init(setting: String, validationAccuracy: Double?, trainAccuracy: Double, seconds: Double) {
        self.setting = setting
        self.validationAccuracy = validationAccuracy
        self.trainAccuracy = trainAccuracy
        self.seconds = seconds
    }

    /// Reads stored facts; absent members become `nil`.
    package init(_ json: JSONValue) {
        setting = json["setting"]?.string
        validationAccuracy = json["validation_accuracy"]?.double
        trainAccuracy = json["train_accuracy"]?.double
        seconds = json["seconds"]?.double
    }

    /// The stored form, without absent members.
    package var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["setting"] = setting.map { .string($0) }
        members["validation_accuracy"] = validationAccuracy.map { .double($0) }
        members["train_accuracy"] = trainAccuracy.map { .double($0) }
        members["seconds"] = seconds.map { .double($0) }
        return .object(members)
    }

    /// A setting without superfluous digits.
    static func text(_ setting: Double) -> String {
        setting == setting.rounded() && abs(setting) < 1e9 ? "\(Int(setting))" : "\(setting)"
    }
}
