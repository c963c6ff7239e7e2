// The facts of steps that prepare data.

package import Basics

/// The counts and skipped files of an indexed dataset, for messages and the report.
package struct IndexDatasetFacts: StepFacts {
    /// The number of images in the manifest.
    package var images: Int?
    /// The number of labels in the manifest.
    package var labels: Int?
    /// A one-line description of the dataset.
    package var summary: String?
    /// The number of skipped files, including unreadable ones.
    package var skipped: Int?
    /// The paths of files that are not images despite their names.
    package var unreadable: [String] = []
    /// The number of images decoded in this run; the others were known from earlier runs.
    package var decoded: Int?

    /// Facts without values; the runner sets those that it knows.
    package init() {}

    /// Reads stored facts; absent members become `nil` or empty.
    package init(_ json: JSONValue) {
        images = json["images"]?.int
        labels = json["labels"]?.int
        summary = json["summary"]?.string
        skipped = json["skipped"]?.int
        unreadable = json.texts("unreadable")
        decoded = json["decoded"]?.int
    }

    /// The stored form.
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

/// The examples of a training file and those that the provider is expected to skip, by label.
package struct TrainingDataFacts: StepFacts {
    /// The number of images of one label in the file, and how many of them the provider is expected to train on.
    package struct LabelCounts: Hashable, Sendable {
        /// The number of images in the file.
        package var submitted: Int
        /// The number of images that the provider is expected to train on.
        package var predicted: Int

        /// - Parameter predicted: the images that the provider is expected to train on, out of `submitted`.
        package init(submitted: Int, predicted: Int) {
            self.submitted = submitted
            self.predicted = predicted
        }
    }

    /// The number of lines in the file.
    package var examples: Int?
    /// The size of the file in bytes.
    package var bytes: Int?
    /// Images that the provider is expected to skip silently, each with the reason.
    package var skipped: [String] = []
    /// Image counts by label.
    package var labels: [String: LabelCounts] = [:]
    /// Problems and converted images.
    package var common = CommonFacts()

    /// Facts without values; the runner sets those that it knows.
    package init() {}

    /// Reads stored facts; absent members become `nil` or empty.
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

    /// The stored form.
    package var json: JSONValue {
        var members = common.members
        members["examples"] = examples.map { .int(Int64($0)) }
        members["bytes"] = bytes.map { .int(Int64($0)) }
        members["left_out"] = .array(skipped.map { .string($0) })
        members["labels"] = .object(
            labels.mapValues { counts in
                ["submitted": .int(Int64(counts.submitted)), "predicted": .int(Int64(counts.predicted))]
            })
        return .object(members)
    }
}

/// The facts of a batch's request files.
package struct WriteRequestsFacts: StepFacts {
    /// The number of requests in all files.
    package var lines: Int?
    /// The total size of the files in bytes.
    package var bytes: Int?
    /// Problems and converted images.
    package var common = CommonFacts()

    /// Facts without values; the runner sets those that it knows.
    package init() {}

    /// Reads stored facts; absent members become `nil` or empty.
    package init(_ json: JSONValue) {
        lines = json["lines"]?.int
        bytes = json["bytes"]?.int
        common = CommonFacts(json)
    }

    /// The stored form.
    package var json: JSONValue {
        var members = common.members
        members["lines"] = lines.map { .int(Int64($0)) }
        members["bytes"] = bytes.map { .int(Int64($0)) }
        return .object(members)
    }
}

/// The facts of a leak check: pairs of images in different parts of a split.
package struct LeakFacts: StepFacts {
    /// The number of pairs with the same bytes or pixels.
    package var identical: Int
    /// The number of pairs with similar perceptual hashes.
    package var similar: Int

    /// - Parameter similar: pairs with similar perceptual hashes.
    package init(identical: Int, similar: Int) {
        self.identical = identical
        self.similar = similar
    }

    /// Reads stored facts.
    package init(_ json: JSONValue) {
        self.init(identical: json["identical"]?.int ?? 0, similar: json["similar"]?.int ?? 0)
    }

    /// The stored form.
    package var json: JSONValue { ["identical": .int(Int64(identical)), "similar": .int(Int64(similar))] }
}
