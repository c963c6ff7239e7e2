// What one YAML file asks for, once read and checked.

package import TaskKit

/// An experiment: a dataset and its splits, how models are asked, which models, what is measured, and which
/// published numbers to check. A plain value without positions; `LoadedSpec` knows where each part was written.
package struct ExperimentSpec: Hashable, Sendable, Codable {
    /// The experiment's name, shown in reports.
    package var name: String
    /// A sentence for the report.
    package var description: String?
    /// What the models are asked to do; `nil` for classification.
    package var task: TaskChoice?
    /// Where the images come from. Absent only in a spec that has commands alone.
    package var dataset: DatasetSpec?
    /// Ways to divide the images into train, validation and test.
    package var splits: NamedMap<SplitSpec>
    /// What a vision-language model is told.
    package var prompts: NamedMap<PromptSpec>
    /// How a prompt is asked and its answer read.
    package var requests: NamedMap<RequestSpec>
    /// Who answers.
    package var providers: NamedMap<ProviderSpec>
    /// What is compared.
    package var models: NamedMap<ModelSpec>
    /// What is measured, on which images, of which models.
    package var evaluations: NamedMap<EvaluationSpec>
    /// Programs run as cached steps beside the models.
    package var commands: NamedMap<CommandSpec>
    /// The model the others are compared with.
    package var baseline: String?
    /// The price table file.
    package var prices: FileReference?
    /// What the experiment may cost.
    package var budget: BudgetSpec?
    /// Where steps that compute run: one place for the whole run, so that variants cannot change it.
    package var executor: ExecutorSpec?
    /// Published numbers to check.
    package var claims: [ClaimSpec]
    /// Named sets of changed values.
    package var variants: NamedMap<VariantSpec>
    /// Sets of changed values made from lists.
    package var sweep: SweepSpec?

    package init(
        name: String, description: String? = nil, task: TaskChoice? = nil, dataset: DatasetSpec? = nil,
        splits: NamedMap<SplitSpec> = [:], prompts: NamedMap<PromptSpec> = [:],
        requests: NamedMap<RequestSpec> = [:], providers: NamedMap<ProviderSpec> = [:],
        models: NamedMap<ModelSpec> = [:], evaluations: NamedMap<EvaluationSpec> = [:],
        commands: NamedMap<CommandSpec> = [:], baseline: String? = nil, prices: FileReference? = nil,
        budget: BudgetSpec? = nil, executor: ExecutorSpec? = nil, claims: [ClaimSpec] = [], variants: NamedMap<VariantSpec> = [:],
        sweep: SweepSpec? = nil
    ) {
        self.name = name
        self.description = description
        self.task = task
        self.dataset = dataset
        self.splits = splits
        self.prompts = prompts
        self.requests = requests
        self.providers = providers
        self.models = models
        self.evaluations = evaluations
        self.commands = commands
        self.baseline = baseline
        self.prices = prices
        self.budget = budget
        self.executor = executor
        self.claims = claims
        self.variants = variants
        self.sweep = sweep
    }
}
