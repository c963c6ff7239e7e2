// What a model is tuned by, what a tuning job reports and what comes out of it, in no provider's format.

package import Basics
package import Specification

/// How a model is tuned.
package struct TuningRecipe: Hashable, Sendable {
    /// The model to start from, by the provider's name.
    package var model: String
    package var method: FineTuneSpec.Method
    /// By the provider's own names. What is absent, the provider chooses.
    package var hyperparameters: [String: JSONValue]
    package var seed: Int?
    /// Where the job runs, by the provider's word; decides its price.
    package var tier: String?
    /// What rewards an answer, and the form of the answer that it reads; for reinforcement.
    package var grader: GraderSpec?
    package var graded: AnswerFormat?

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

/// What a tuning job shows once it has ended.
package struct TuningResult: Hashable, Sendable {
    package var id: String
    /// The provider's name of the model that came out.
    package var model: String?
    /// What is billed; `nil` where the provider does not say.
    package var trainedTokens: Int?
    /// The hyperparameters that were used, where the provider shows them.
    package var epochs: Int?
    package var batchSize: Int?
    /// When the job was created and when it ended, in seconds since 1970.
    package var created: Double?
    package var finished: Double?
    /// The provider's answer, kept so that a job is never asked for twice.
    package var detail: JSONValue

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

/// How many examples of one file a provider left out, and which, as far as it says.
package struct ScreeningReport: Hashable, Sendable {
    package var isValidation: Bool
    /// The lines that were left out, counted from 1, where the provider names them.
    package var lines: Set<Int>?
    /// How many were left out, or how many were kept; at most one of the two is set, and none besides `lines`.
    package var skipped: Int?
    package var kept: Int?

    package init(isValidation: Bool, lines: Set<Int>? = nil, skipped: Int? = nil, kept: Int? = nil) {
        self.isValidation = isValidation
        self.lines = lines
        self.skipped = skipped
        self.kept = kept
    }

    /// How many of so many examples were left out.
    package func rejected(of submitted: Int) -> Int? { lines?.count ?? skipped ?? kept.map { submitted - $0 } }
}

/// One thing that a tuning job reports while it runs.
package struct TuningEvent: Hashable, Sendable {
    /// Untrusted text of the provider.
    package var message: String
    package var isWarning: Bool
    /// When it happened, in seconds since 1970.
    package var time: Double?
    /// Whether the training began with it, which is when billing by the hour begins.
    package var startsTraining: Bool
    /// How many examples it says were left out, for whatever reason.
    package var skippedExamples: Int?
    /// What it says about the screening of images.
    package var screening: ScreeningReport?

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

/// The model that a tuning job gave. Kept as an artifact: its JSON form must not change.
package struct TunedModel: Hashable, Sendable, Codable {
    package struct Checkpoint: Hashable, Sendable, Codable {
        package var model: String
        package var step: Int

        package init(model: String, step: Int) {
            self.model = model
            self.step = step
        }
    }

    /// The provider's name of it, to be deployed or asked.
    package var model: String
    package var base: String
    package var job: String
    /// `nil` where they could not be read.
    package var checkpoints: [Checkpoint]?

    package init(model: String, base: String, job: String, checkpoints: [Checkpoint]?) {
        self.model = model
        self.base = base
        self.job = job
        self.checkpoints = checkpoints
    }
}

/// What a training reported of its steps. Kept as an artifact: its JSON form must not change.
package struct TuningCurve: Hashable, Sendable, Codable {
    package struct Point: Hashable, Sendable, Codable {
        package var step: Int
        package var trainLoss: Double?
        package var trainMeanTokenAccuracy: Double?
        package var validLoss: Double?
        package var validMeanTokenAccuracy: Double?
        package var fullValidLoss: Double?
        package var fullValidMeanTokenAccuracy: Double?

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

    package var points: [Point]
    /// The last step that the provider reports; `nil` where it numbers none.
    package var lastStep: Int? { points.map(\.step).max().flatMap { $0 > 0 ? $0 : nil } }

    package init(points: [Point]) { self.points = points }
}
