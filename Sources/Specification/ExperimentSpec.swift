// The contents of one spec file after parsing and validation.

package import TaskKit

/// An experiment: a dataset and its splits, prompts, models, evaluations, and published claims. A plain value without
/// source positions; `LoadedSpec` knows where each value was written.
package struct ExperimentSpec: Hashable, Sendable, Codable {
    /// The experiment's name, shown in reports.
    package var name: String
    /// A description for the report.
    package var description: String?
    /// The task that the models perform; `nil` for classification.
    package var task: TaskChoice?
    /// The source of the images; `nil` only in a spec that consists of commands.
    package var dataset: DatasetSpec?
    /// The divisions of the images into train, validation and test parts.
    package var splits: NamedMap<SplitSpec>
    /// The prompts for vision-language models.
    package var prompts: NamedMap<PromptSpec>
    /// The request settings: how a prompt is sent and its answer parsed.
    package var requests: NamedMap<RequestSpec>
    /// The providers that answer requests.
    package var providers: NamedMap<ProviderSpec>
    /// The models that are compared.
    package var models: NamedMap<ModelSpec>
    /// The evaluations: measurements of models on parts of splits.
    package var evaluations: NamedMap<EvaluationSpec>
    /// The models that judge answers.
    package var judges: NamedMap<JudgeSpec>
    /// Programs that run as cached steps besides the models.
    package var commands: NamedMap<CommandSpec>
    /// The model that the others are compared with.
    package var baseline: String?
    /// The price table file; `nil` for the built-in prices.
    package var prices: FileReference?
    /// The cost limit; `nil` for none.
    package var budget: BudgetSpec?
    /// The executor of compute steps. One setting for the whole run, so variants cannot change it.
    package var executor: ExecutorSpec?
    /// Servers that follow the run. One setting for the whole run, so variants cannot change it.
    package var track: TrackSpec?
    /// Published numbers to reproduce.
    package var claims: [ClaimSpec]
    /// Named sets of changed values.
    package var variants: NamedMap<VariantSpec>
    /// Sets of changed values generated from lists.
    package var sweep: SweepSpec?

    /// Creates a spec without checking it; `SpecLoader` checks specs that are read from files.
    package init(
        name: String, description: String? = nil, task: TaskChoice? = nil, dataset: DatasetSpec? = nil,
        splits: NamedMap<SplitSpec> = [:], prompts: NamedMap<PromptSpec> = [:],
        requests: NamedMap<RequestSpec> = [:], providers: NamedMap<ProviderSpec> = [:],
        models: NamedMap<ModelSpec> = [:], evaluations: NamedMap<EvaluationSpec> = [:], judges: NamedMap<JudgeSpec> = [:],
        commands: NamedMap<CommandSpec> = [:], baseline: String? = nil, prices: FileReference? = nil,
        budget: BudgetSpec? = nil, executor: ExecutorSpec? = nil, claims: [ClaimSpec] = [], variants: NamedMap<VariantSpec> = [:],
        sweep: SweepSpec? = nil, track: TrackSpec? = nil
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
        self.judges = judges
        self.commands = commands
        self.baseline = baseline
        self.prices = prices
        self.budget = budget
        self.executor = executor
        self.track = track
        self.claims = claims
        self.variants = variants
        self.sweep = sweep
    }
}
