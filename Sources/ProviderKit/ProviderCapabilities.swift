// The capability table of a kind of provider, printed by `assay providers` and checked by `assay validate`.

package import Specification

/// The capabilities of a kind of provider. Texts are shown to users; lists decide which settings a spec may use.
package struct ProviderCapabilities: Sendable {
    /// Batches; absent from a provider that only answers online.
    package struct Batch: Hashable, Sendable {
        /// The place of a batch's tag and the way of finding it: `metadata, listed`.
        package var tag: String
        /// The field by which a result line is matched to its request.
        package var matchedBy: String
        /// The minimum number of lines of one batch.
        package var minLines: Int
        /// The maximum number of lines of one batch.
        package var maxLines: Int
        /// The maximum size of one input file.
        package var maxBytes: Int

        /// - Parameter tag: shown to users, like `matchedBy`.
        package init(tag: String, matchedBy: String, minLines: Int = 1, maxLines: Int, maxBytes: Int) {
            self.tag = tag
            self.matchedBy = matchedBy
            self.minLines = minLines
            self.maxLines = maxLines
            self.maxBytes = maxBytes
        }
    }

    /// Fine-tuning; absent from a provider that cannot tune.
    package struct Tuning: Sendable {
        /// The place of a job's tag and the way of finding it: `suffix, listed`.
        package var tag: String
        /// The supported methods, in the order shown.
        package var methods: [FineTuneSpec.Method]
        /// The supported hyperparameters; others are errors in a spec.
        package var hyperparameters: [HyperparameterKey]
        /// Whether a seed can be set.
        package var supportsSeed: Bool
        /// The tiers at which a job may run, as named by the provider; empty if there is no choice.
        package var tiers: [String]

        /// The earlier epochs whose models remain after a job of this many epochs, according to the provider's documentation.
        package var keptCheckpoints: @Sendable (Int) -> [Int]
        /// The rule of `keptCheckpoints` for users: `the two epochs before the last`; `nil` if none remain.
        package var checkpoints: String?

        /// - Parameter tag: shown to users.
        package init(
            tag: String, methods: [FineTuneSpec.Method], hyperparameters: [HyperparameterKey], supportsSeed: Bool,
            tiers: [String] = [], checkpoints: String? = nil,
            keptCheckpoints: @escaping @Sendable (Int) -> [Int] = { _ in [] }
        ) {
            self.keptCheckpoints = keptCheckpoints
            self.checkpoints = checkpoints
            self.tag = tag
            self.methods = methods
            self.hyperparameters = hyperparameters
            self.supportsSeed = supportsSeed
            self.tiers = tiers
        }
    }

    /// The storage of files and the way of finding a duplicate upload; `nil` without `Storage`.
    package var storage: String?
    /// `nil` if the provider has no batches.
    package var batch: Batch?
    /// `nil` if the provider cannot tune.
    package var tuning: Tuning?
    /// The deployment of a tuned model and its billing: `a deployment, billed by the hour`; `nil` if the model is asked by
    /// its own name.
    package var hosting: String?
    /// Hourly charges without any requests: a clause such as `deployments of fine-tuned models` or `nothing`,
    /// and how sure that is.
    package var hourly: String
    /// The keys of a spec's request that reach the model, besides `prompt`.
    package var requestKeys: [String]
    /// The resolutions at which a model can see an image, as `detail` of a request or of training data.
    package var details: [ImageDetail]

    /// - Parameter requestKeys: the keys besides `prompt`; any other key in a spec is an error.
    package init(
        storage: String? = nil, batch: Batch? = nil, tuning: Tuning? = nil, hosting: String? = nil, hourly: String = "nothing",
        requestKeys: [String], details: [ImageDetail] = [.low, .high, .auto]
    ) {
        self.storage = storage
        self.batch = batch
        self.tuning = tuning
        self.hosting = hosting
        self.hourly = hourly
        self.requestKeys = requestKeys
        self.details = details
    }
}
