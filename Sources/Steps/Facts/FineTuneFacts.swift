// The facts of a fine-tuning job.

package import Basics

/// The results of a fine-tuning job, the examples that it skipped, and the amount that it was billed for.
package struct FineTuneFacts: StepFacts {
    /// The number of images of one file that the provider's image screening accepted.
    package struct Screening: Hashable, Sendable {
        /// The screening of one label's images.
        package struct Counts: Hashable, Sendable {
            /// The number of images in the file.
            package var submitted: Int
            /// The number of accepted images; `nil` if the provider reports only the total.
            package var accepted: Int?

            /// - Parameter accepted: `nil` if the provider reports only the total.
            package init(submitted: Int, accepted: Int?) {
                self.submitted = submitted
                self.accepted = accepted
            }
        }

        /// The number of images in the file.
        package var submitted: Int
        /// The number of images that the screening accepted.
        package var accepted: Int
        /// The counts by label.
        package var labels: [String: Counts]

        /// - Parameter labels: the counts by label.
        package init(submitted: Int, accepted: Int, labels: [String: Counts]) {
            self.submitted = submitted
            self.accepted = accepted
            self.labels = labels
        }
    }

    /// The base model.
    package var model: String?
    /// The provider's name of the resulting model.
    package var fineTunedModel: String?
    /// The provider's id of the job.
    package var job: String?
    /// The tokens that the job is billed for; `nil` if it reports none or is billed by the hour.
    package var trainedTokens: Int?
    /// The number of lines in the training file.
    package var examples: Int?
    /// The minimum number of examples that the job skipped.
    package var skipped: Int?
    /// `supervised`, `dpo` or `reinforcement`.
    package var method: String?
    /// The location of the job, such as `global`; `nil` if the provider offers only one kind.
    package var trainingType: String?
    /// Seconds from the job's start to its end.
    package var jobSeconds: Double?
    /// The hours that a reinforcement job is billed for.
    package var billedHours: Double?
    /// Whether the cost is estimated, because the job does not report what it is billed for.
    package var isEstimated = false
    /// The job's warnings, as reported by the provider.
    package var warnings: [String] = []
    /// Screenings of the files `train` and `validation`; only those with rejected images.
    package var screenings: [String: Screening] = [:]
    /// By-products of the job that could not be read, such as `metrics`.
    package var unread: [String] = []
    /// Problems and converted images.
    package var common = CommonFacts()

    /// Facts without values; the runner sets those that it knows.
    package init() {}

    /// Reads stored facts; absent members become `nil` or empty.
    package init(_ json: JSONValue) {
        model = json["model"]?.string
        fineTunedModel = json["fine_tuned_model"]?.string
        job = json["job"]?.string
        // Earlier versions stored 0 for an unknown number.
        trainedTokens = json["trained_tokens"]?.int.flatMap { $0 > 0 ? $0 : nil }
        examples = json["examples"]?.int
        skipped = json["left_out"]?.int
        method = json["method"]?.string
        trainingType = json["training_type"]?.string
        jobSeconds = json["job_seconds"]?.double
        billedHours = json["billed_hours"]?.double
        isEstimated = json["is_estimated"]?.bool ?? false
        warnings = json.texts("warnings")
        for (part, screening) in json["screening"]?.object ?? [:] {
            guard let submitted = screening["submitted"]?.int, let accepted = screening["accepted"]?.int else { continue }
            let labels = (screening["labels"]?.object ?? [:]).mapValues { counts in
                Screening.Counts(submitted: counts["submitted"]?.int ?? 0, accepted: counts["accepted"]?.int)
            }
            screenings[part] = Screening(submitted: submitted, accepted: accepted, labels: labels)
        }
        unread = json.texts("unread")
        common = CommonFacts(json)
    }

    /// The stored form, without absent members.
    package var json: JSONValue {
        var members = common.members
        members["route"] = "fine-tune"
        members["model"] = model.map { .string($0) }
        members["fine_tuned_model"] = fineTunedModel.map { .string($0) }
        members["job"] = job.map { .string($0) }
        members["trained_tokens"] = trainedTokens.map { .int(Int64($0)) }
        members["examples"] = examples.map { .int(Int64($0)) }
        members["left_out"] = skipped.map { .int(Int64($0)) }
        members["method"] = method.map { .string($0) }
        members["training_type"] = trainingType.map { .string($0) }
        members["job_seconds"] = jobSeconds.map { .double($0) }
        members["billed_hours"] = billedHours.map { .double($0) }
        if isEstimated { members["is_estimated"] = true }
        members["warnings"] = .array(warnings.map { .string($0) })
        if !screenings.isEmpty { members["screening"] = .object(screenings.mapValues(FineTuneFacts.json)) }
        members["unread"] = JSONValue(texts: unread)
        return .object(members)
    }

    private static func json(_ screening: Screening) -> JSONValue {
        [
            "submitted": .int(Int64(screening.submitted)), "accepted": .int(Int64(screening.accepted)),
            "labels": .object(
                screening.labels.mapValues { counts in
                    ["submitted": .int(Int64(counts.submitted)), "accepted": counts.accepted.map { .int(Int64($0)) } ?? .null]
                }),
        ]
    }
}
