// The facts of steps that prepare data.

package import Basics

/// Facts of an indexed dataset.
package struct IndexDatasetFacts: StepFacts {
    /// Images in the manifest.
    package var images: Int?
    /// Labels in the manifest.
    package var labels: Int?
    /// The dataset in one line.
    package var summary: String?
    /// Files that were skipped, unreadable ones included.
    package var skipped: Int?
    /// The paths of files that are not images although their names say so.
    package var unreadable: [String] = []
    /// Images that were decoded; the rest was known from earlier runs.
    package var decoded: Int?

    package init() {}

    package init(_ json: JSONValue) {
        images = json["images"]?.int
        labels = json["labels"]?.int
        summary = json["summary"]?.string
        skipped = json["skipped"]?.int
        unreadable = json.texts("unreadable")
        decoded = json["decoded"]?.int
    }

    package var json: JSONValue {
        var members: [String: JSONValue] = ["unreadable": .array(unreadable.map { .string($0) })]
        members["images"] = images.map { .int(Int64($0)) }
        members["labels"] = labels.map { .int(Int64($0)) }
        members["summary"] = summary.map { .string($0) }
        members["skipped"] = skipped.map { .int(Int64($0)) }
        members["decoded"] = decoded.map { .int(Int64($0)) }
        return .object(members)
    }
}

/// Facts of a training file.
package struct TrainingDataFacts: StepFacts {
    /// How many images of a label are in the file, and how many of them the provider is expected to train on.
    package struct LabelCounts: Hashable, Sendable {
        /// Images in the file.
        package var submitted: Int
        /// Images that the provider is expected to train on.
        package var predicted: Int

        package init(submitted: Int, predicted: Int) {
            self.submitted = submitted
            self.predicted = predicted
        }
    }

    /// Lines of the file.
    package var examples: Int?
    /// Size of the file.
    package var bytes: Int?
    /// Images that the provider is expected to skip silently, each with the reason.
    package var skipped: [String] = []
    /// By label.
    package var labels: [String: LabelCounts] = [:]
    package var common = CommonFacts()

    package init() {}

    package init(_ json: JSONValue) {
        examples = json["examples"]?.int
        bytes = json["bytes"]?.int
        skipped = json.texts("left_out")
        labels = (json["labels"]?.object ?? [:]).compactMapValues { counts in
            guard let submitted = counts["submitted"]?.int, let predicted = counts["predicted"]?.int else { return nil }
            return LabelCounts(submitted: submitted, predicted: predicted)
        }
        common = CommonFacts(json)
    }

    package var json: JSONValue {
        var members = common.members
        members["examples"] = examples.map { .int(Int64($0)) }
        members["bytes"] = bytes.map { .int(Int64($0)) }
        members["left_out"] = .array(skipped.map { .string($0) })
        members["labels"] = .object(labels.mapValues { counts in
            ["submitted": .int(Int64(counts.submitted)), "predicted": .int(Int64(counts.predicted))]
        })
        return .object(members)
    }
}

/// Facts of a batch's request files.
package struct WriteRequestsFacts: StepFacts {
    /// Requests in all files.
    package var lines: Int?
    package var bytes: Int?
    package var common = CommonFacts()

    package init() {}

    package init(_ json: JSONValue) {
        lines = json["lines"]?.int
        bytes = json["bytes"]?.int
        common = CommonFacts(json)
    }

    package var json: JSONValue {
        var members = common.members
        members["lines"] = lines.map { .int(Int64($0)) }
        members["bytes"] = bytes.map { .int(Int64($0)) }
        return .object(members)
    }
}

/// Facts of a leak check: pairs of images in different parts of a split.
package struct LeakFacts: StepFacts {
    /// Pairs with the same bytes or pixels.
    package var identical: Int
    /// Pairs whose perceptual hashes are close.
    package var similar: Int

    package init(identical: Int, similar: Int) {
        self.identical = identical
        self.similar = similar
    }

    package init(_ json: JSONValue) {
        self.init(identical: json["identical"]?.int ?? 0, similar: json["similar"]?.int ?? 0)
    }

    package var json: JSONValue { ["identical": .int(Int64(identical)), "similar": .int(Int64(similar))] }
}
