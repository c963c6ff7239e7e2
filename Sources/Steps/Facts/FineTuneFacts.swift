// The facts of a fine-tuning job.

package import Basics

/// What a fine-tuning job did, skipped and was billed for.
package struct FineTuneFacts: StepFacts {
    /// What the provider's image screening accepted of one file.
    package struct Screening: Hashable, Sendable {
        /// Images of one label.
        package struct Counts: Hashable, Sendable {
            package var submitted: Int
            /// `nil` where the provider reports the total alone.
            package var accepted: Int?

            package init(submitted: Int, accepted: Int?) {
                self.submitted = submitted
                self.accepted = accepted
            }
        }

        package var submitted: Int
        package var accepted: Int
        /// By label.
        package var labels: [String: Counts]

        package init(submitted: Int, accepted: Int, labels: [String: Counts]) {
            self.submitted = submitted
            self.accepted = accepted
            self.labels = labels
        }
    }

    /// The base model.
    package var model: String?
    /// The provider's name of the model that came out.
    package var fineTunedModel: String?
    /// The provider's id of the job.
    package var job: String?
    /// Tokens that the job is billed for; `nil` where it does not say, and for one that is billed by the hour.
    package var trainedTokens: Int?
    /// Lines of the training file.
    package var examples: Int?
    /// Examples that the job skipped, at least.
    package var skipped: Int?
    /// `supervised`, `dpo` or `reinforcement`.
    package var method: String?
    /// Where the job ran, such as `global`; `nil` where the provider has one kind.
    package var trainingType: String?
    /// Seconds from the job's start to its end.
    package var jobSeconds: Double?
    /// Hours that a reinforcement job is billed for.
    package var billedHours: Double?
    /// Whether the cost is an estimate, because the job does not say what it is billed for.
    package var isEstimated = false
    /// Warnings of the job, as the provider words them.
    package var warnings: [String] = []
    /// By `train` and `validation`; only where images were rejected.
    package var screenings: [String: Screening] = [:]
    /// By-products of the job that could not be read, such as `metrics`.
    package var unread: [String] = []
    /// Problems and converted images.
    package var common = CommonFacts()

    package init() {}

    package init(_ json: JSONValue) {
        model = json["model"]?.string
        fineTunedModel = json["fine_tuned_model"]?.string
        job = json["job"]?.string
        // Earlier versions wrote 0 for an unknown number.
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
            "labels": .object(screening.labels.mapValues { counts in
                ["submitted": .int(Int64(counts.submitted)), "accepted": counts.accepted.map { .int(Int64($0)) } ?? .null]
            }),
        ]
    }
}
