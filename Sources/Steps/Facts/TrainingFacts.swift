// The facts of built-in networks: epochs and the choice among them.

package import Basics

/// Facts of one training epoch.
package struct TrainEpochFacts: StepFacts {
    package var seconds: Double?
    package var imagesPerSecond: Double?
    package var trainLoss: Double?
    package var trainAccuracy: Double?
    /// How the given weights fit the network, where they do not fit exactly.
    package var weights: [String] = []

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
    package var epoch: Int?

    package init(epoch: Int) { self.epoch = epoch }

    package init(_ json: JSONValue) { epoch = json["epoch"]?.int }

    package var json: JSONValue { .object(["epoch": epoch.map { .int(Int64($0)) } ?? .null]) }
}
