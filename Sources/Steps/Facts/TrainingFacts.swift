// The facts of built-in networks: epochs and the selected checkpoint.

package import Basics

/// The measurements of one training epoch, for curves, checkpoint selection and messages.
package struct TrainEpochFacts: StepFacts {
    /// The duration of the epoch's training and validation in seconds.
    package var seconds: Double?
    /// Training images per second.
    package var imagesPerSecond: Double?
    /// Mean cross-entropy in nats.
    package var trainLoss: Double?
    /// The fraction of correctly classified training images, from 0 to 1.
    package var trainAccuracy: Double?
    /// Differences between the given weights and the network; empty if they fit exactly.
    package var weights: [String] = []

    /// Facts without values; the runner sets those that it knows.
    package init() {}

    /// Reads stored facts; absent members become `nil` or empty.
    package init(_ json: JSONValue) {
        seconds = json["seconds"]?.double
        imagesPerSecond = json["images_per_second"]?.double
        trainLoss = json["train_loss"]?.double
        trainAccuracy = json["train_accuracy"]?.double
        weights = json.texts("weights")
    }

    /// The stored form, without absent members.
    package var json: JSONValue {
        var members: [String: JSONValue] = [:]
        members["seconds"] = seconds.map { .double($0) }
        members["images_per_second"] = imagesPerSecond.map { .double($0) }
        members["train_loss"] = trainLoss.map { .double($0) }
        members["train_accuracy"] = trainAccuracy.map { .double($0) }
        members["weights"] = JSONValue(texts: weights)
        return .object(members)
    }
}

/// The epoch whose checkpoint was selected.
package struct SelectCheckpointFacts: StepFacts {
    /// The epoch, counted from 1.
    package var epoch: Int?

    /// - Parameter epoch: counted from 1.
    package init(epoch: Int) { self.epoch = epoch }

    /// Reads stored facts.
    package init(_ json: JSONValue) { epoch = json["epoch"]?.int }

    /// The stored form.
    package var json: JSONValue { .object(["epoch": epoch.map { .int(Int64($0)) } ?? .null]) }
}
