// The DAG of steps for the chosen variants: a value, frozen when a run starts.

package import Basics
package import Specification

/// What a run will do.
package struct Plan: Sendable, Codable {
    /// One model in one evaluation: where its score and the answers behind it come from.
    package struct Measure: Sendable, Codable, Hashable {
        package var variant: VariantName
        package var evaluation: String
        package var model: String
        /// Counts from 0, for evaluations with repeats.
        package var repetition: Int
        package var score: StepID
        package var answers: StepID
        package var split: SplitReference
        package var examples: StepID
        /// Where the images are, when they are not in the store.
        package var imageFolder: String?
    }

    /// The training behind a model: its fine-tuning job, or its epochs in order.
    package struct Training: Sendable, Codable, Hashable {
        package var variant: VariantName
        package var model: String
        package var repetition: Int
        package var steps: [StepID]
        package var selection: StepID?
    }

    package var experiment: String
    package var variants: [VariantName]
    /// In an order in which every step comes after those it reads.
    package var steps: [Step]
    package var measures: [Measure]
    package var trainings: [Training]
    /// The providers by the name that steps use for them.
    package var providers: [String: ProviderSpec]

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

    /// Positions of the steps by id.
    package func positions() -> [StepID: Int] {
        Dictionary(steps.indices.map { (steps[$0].id, $0) }, uniquingKeysWith: { first, _ in first })
    }
}

/// What a plan is made with beside the spec.
package struct PlanOptions: Hashable, Sendable {
    /// `--limit`: examples a label from each part of the split.
    package var limit: Int?
    /// `--remeasure`: raised by one for each measurement asked for again.
    package var measurement: Int

    package init(limit: Int? = nil, measurement: Int = 0) {
        self.limit = limit
        self.measurement = measurement
    }
}
