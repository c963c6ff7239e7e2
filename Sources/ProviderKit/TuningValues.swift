// The inputs, reports and results of a tuning job, in no provider's format.

package import Basics
package import Specification

/// The settings of a tuning job.
package struct TuningRecipe: Hashable, Sendable {
    /// The base model, by the provider's name.
    package var model: String
    /// The training method; decides the form of the training lines.
    package var method: FineTuneSpec.Method
    /// Keyed by the provider's own names. The provider chooses absent values.
    package var hyperparameters: [String: JSONValue]
    /// `nil` lets the provider choose.
    package var seed: Int?
    /// The tier at which the job runs, as the provider spells it; decides its price.
    package var tier: String?
    /// Reinforcement only: the grader that scores an answer.
    package var grader: GraderSpec?
    /// The answer form that the grader reads; `nil` for other methods.
    package var graded: AnswerFormat?

    /// - Parameter hyperparameters: keyed by the provider's own names.
    package init(
        model: String, method: FineTuneSpec.Method, hyperparameters: [String: JSONValue] = [:], seed: Int? = nil,
        tier: String? = nil, grader: GraderSpec? = nil, graded: AnswerFormat? = nil
    ) {
        self.model = model
        self.method = method
        self.hyperparameters = hyperparameters
        self.seed = seed
        self.tier = tier
        self.grader = grader
        self.graded = graded
    }
}

/// The outcome of an ended tuning job.
package struct TuningResult: Hashable, Sendable {
    /// The provider's id of the job.
    package var id: String
    /// The provider's name of the resulting model; `nil` if there is none.
    package var model: String?
    /// The billed tokens; `nil` if the provider does not report them.
    package var trainedTokens: Int?
    /// Passes over the data, possibly chosen by the provider; `nil` if not reported.
    package var epochs: Int?
    /// Examples per step; `nil` if not reported.
    package var batchSize: Int?
    /// The time of creation, in seconds since 1970.
    package var created: Double?
    /// The time of the end, in seconds since 1970.
    package var finished: Double?
    /// The provider's response, kept so that the job is never requested twice.
    package var detail: JSONValue

    /// - Parameter detail: the provider's response.
    package init(
        id: String, model: String?, trainedTokens: Int? = nil, epochs: Int? = nil, batchSize: Int? = nil,
        created: Double? = nil, finished: Double? = nil, detail: JSONValue
    ) {
        self.id = id
        self.model = model
        self.trainedTokens = trainedTokens
        self.epochs = epochs
        self.batchSize = batchSize
        self.created = created
        self.finished = finished
        self.detail = detail
    }
}

/// The number of examples in one file that a provider skipped, and their lines if it lists them.
package struct ScreeningReport: Hashable, Sendable {
    /// Whether the file holds the validation data.
    package var isValidation: Bool
    /// The skipped lines, counted from 1, if the provider lists them.
    package var lines: Set<Int>?
    /// The number of skipped or of kept examples. At most one of the two is set, and neither together with `lines`.
    package var skipped: Int?
    /// The number of kept examples, from providers that report only those.
    package var kept: Int?

    /// Set at most one of `lines`, `skipped` and `kept`.
    package init(isValidation: Bool, lines: Set<Int>? = nil, skipped: Int? = nil, kept: Int? = nil) {
        self.isValidation = isValidation
        self.lines = lines
        self.skipped = skipped
        self.kept = kept
    }

    /// The number of skipped examples, given the number submitted; `nil` if the report has no count.
    package func rejected(of submitted: Int) -> Int? { lines?.count ?? skipped ?? kept.map { submitted - $0 } }
}

/// One event of a running tuning job.
package struct TuningEvent: Hashable, Sendable {
    /// Untrusted text of the provider.
    package var message: String
    /// Whether the provider marks it as a warning.
    package var isWarning: Bool
    /// The time of the event, in seconds since 1970.
    package var time: Double?
    /// Whether training began with this event, which is when hourly billing begins.
    package var startsTraining: Bool
    /// The number of skipped examples that it reports, for whatever reason.
    package var skippedExamples: Int?
    /// The result of the image screening that it reports.
    package var screening: ScreeningReport?

    /// - Parameter time: seconds since 1970.
    package init(
        message: String, isWarning: Bool = false, time: Double? = nil, startsTraining: Bool = false,
        skippedExamples: Int? = nil, screening: ScreeningReport? = nil
    ) {
        self.message = message
        self.isWarning = isWarning
        self.time = time
        self.startsTraining = startsTraining
        self.skippedExamples = skippedExamples
        self.screening = screening
    }
}

/// The model produced by a tuning job. Stored as an artifact: its JSON form must not change.
package struct TunedModel: Hashable, Sendable, Codable {
    /// The model after an intermediate step.
    package struct Checkpoint: Hashable, Sendable, Codable {
        /// The provider's name of the model, to be deployed or asked.
        package var model: String
        /// The training step, from 1.
        package var step: Int
        /// The epoch after which it was kept, from 1; `nil` if the provider does not report it.
        package var epoch: Int?

        /// - Parameter epoch: `nil` if the provider does not report it.
        package init(model: String, step: Int, epoch: Int? = nil) {
            self.model = model
            self.step = step
            self.epoch = epoch
        }
    }

    /// The provider's name of the model, to be deployed or asked.
    package var model: String
    /// The base model from which it was tuned.
    package var base: String
    /// The provider's id of the job.
    package var job: String
    /// Ordered by step; `nil` if they could not be read.
    package var checkpoints: [Checkpoint]?

    /// - Parameter checkpoints: `nil` if they could not be read.
    package init(model: String, base: String, job: String, checkpoints: [Checkpoint]?) {
        self.model = model
        self.base = base
        self.job = job
        self.checkpoints = checkpoints
    }
}

/// The metrics of a training's steps. Stored as an artifact: its JSON form must not change.
package struct TuningCurve: Hashable, Sendable, Codable {
    /// The metrics of one step; `nil` where not measured.
    package struct Point: Hashable, Sendable, Codable {
        /// The training step; 0 if the provider does not number its steps.
        package var step: Int
        /// Mean loss on the batch of the step.
        package var trainLoss: Double?
        /// Share of training tokens predicted correctly, 0 to 1.
        package var trainMeanTokenAccuracy: Double?
        /// Mean loss on a sample of the validation data.
        package var validLoss: Double?
        /// Share of those validation tokens predicted correctly, 0 to 1.
        package var validMeanTokenAccuracy: Double?
        /// Mean loss on all validation data.
        package var fullValidLoss: Double?
        /// Share of all validation tokens predicted correctly, 0 to 1.
        package var fullValidMeanTokenAccuracy: Double?

        /// Metrics that were not measured stay `nil`.
        package init(
            step: Int, trainLoss: Double?, trainMeanTokenAccuracy: Double?, validLoss: Double? = nil,
            validMeanTokenAccuracy: Double? = nil, fullValidLoss: Double? = nil, fullValidMeanTokenAccuracy: Double? = nil
        ) {
            self.step = step
            self.trainLoss = trainLoss
            self.trainMeanTokenAccuracy = trainMeanTokenAccuracy
            self.validLoss = validLoss
            self.validMeanTokenAccuracy = validMeanTokenAccuracy
            self.fullValidLoss = fullValidLoss
            self.fullValidMeanTokenAccuracy = fullValidMeanTokenAccuracy
        }
    }

    /// In the order of the provider's report.
    package var points: [Point]
    /// The last reported step; `nil` if the provider does not number steps.
    package var lastStep: Int? { points.map(\.step).max().flatMap { $0 > 0 ? $0 : nil } }

    /// - Parameter points: in the order of the provider's report.
    package init(points: [Point]) { self.points = points }
}
