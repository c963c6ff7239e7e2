// The facts of built-in networks: epochs and the choice among them.

package import Basics

/// Facts of one training epoch.
package struct TrainEpochFacts: StepFacts {
    /// Time of the epoch's training and validation.
    package var seconds: Double?
    /// Training images per second.
    package var imagesPerSecond: Double?
    /// Mean cross-entropy in nats.
    package var trainLoss: Double?
    /// Share of training images that were classified correctly, from 0 to 1.
    package var trainAccuracy: Double?
    /// How the given weights fit the network, where they do not fit exactly.
    package var weights: [String] = []

    /// Facts with nothing known yet.
    package init() {}

    package init(_ json: JSONValue) {
        seconds = json["seconds"]?.double
        imagesPerSecond = json["images_per_second"]?.double
        trainLoss = json["train_loss"]?.double
        trainAccuracy = json["train_accuracy"]?.double
        weights = json.texts("weights")
    }

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
    /// Counted from 1.
    package var epoch: Int?

    /// - Parameter epoch: counted from 1.
    package init(epoch: Int) { self.epoch = epoch }

    package init(_ json: JSONValue) { epoch = json["epoch"]?.int }

    package var json: JSONValue { .object(["epoch": epoch.map { .int(Int64($0)) } ?? .null]) }
}
