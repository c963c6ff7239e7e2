// The plan: a DAG of steps for the chosen variants, as a value that is frozen when a run starts.

package import Basics
package import Specification

/// The steps of a run, with the measurements and trainings that they serve.
package struct Plan: Sendable, Codable {
    /// One model in one evaluation, with the steps that produce its answers and its score.
    package struct Measure: Sendable, Codable, Hashable {
        /// The variant that defines model and evaluation.
        package var variant: VariantName
        /// The evaluation's name in the spec.
        package var evaluation: String
        /// The model's name in the spec.
        package var model: String
        /// Counts from 0, for evaluations with repeats.
        package var repetition: Int
        /// The step that scores the answers.
        package var score: StepID
        /// The step that produces the answers.
        package var answers: StepID
        /// The split and the part of it that is evaluated.
        package var split: SplitReference
        /// The step that produces the examples.
        package var examples: StepID
        /// The folder of the images; `nil` when they are in the store.
        package var imageFolder: String?
    }

    /// The training of a model: its fine-tuning job, or its epochs in order.
    package struct Training: Sendable, Codable, Hashable {
        /// The variant that defines the model.
        package var variant: VariantName
        /// The model's name in the spec.
        package var model: String
        /// Counts from 0; each repetition trains with another seed.
        package var repetition: Int
        /// The training steps, in order.
        package var steps: [StepID]
        /// The step that selects a checkpoint; `nil` for a fine-tuning job.
        package var selection: StepID?
    }

    /// The name of the experiment in the spec.
    package var experiment: String
    /// The planned variants, in planning order.
    package var variants: [VariantName]
    /// All steps, each after the steps that it reads.
    package var steps: [Step]
    /// The evaluations of all models, in planning order.
    package var measures: [Measure]
    /// The trainings of all models, in planning order.
    package var trainings: [Training]
    /// The providers by the name that steps refer to.
    package var providers: [String: ProviderSpec]

    /// - Parameter steps: each step must come after the steps that it reads.
    package init(
        experiment: String, variants: [VariantName], steps: [Step], measures: [Measure], trainings: [Training],
        providers: [String: ProviderSpec]
    ) {
        self.experiment = experiment
        self.variants = variants
        self.steps = steps
        self.measures = measures
        self.trainings = trainings
        self.providers = providers
    }

    /// The position of each step in `steps`, by id.
    package func positions() -> [StepID: Int] {
        Dictionary(steps.indices.map { (steps[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// Options of planning that are not in the spec.
package struct PlanOptions: Hashable, Sendable {
    /// `--limit`: at most this many examples per label from each part of the split.
    package var limit: Int?
    /// `--remeasure`: increased by one for each repeated measurement.
    package var measurement: Int

    /// Creates options without a limit and with the first measurement unless given.
    package init(limit: Int? = nil, measurement: Int = 0) {
        self.limit = limit
        self.measurement = measurement
    }
}
