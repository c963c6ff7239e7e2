// The capability table of a kind of provider, printed by `assay providers` and checked by `assay validate`.

package import Specification

/// The capabilities of a kind of provider. Texts are shown to users; lists decide which settings a spec may use.
package struct ProviderCapabilities: Hashable, Sendable {
    /// A hyperparameter of a tuning job.
    package struct Hyperparameter: Hashable, Sendable {
        /// The provider's own name, as written in a spec.
        package var name: String
        /// The methods that accept it.
        package var methods: Set<FineTuneSpec.Method>
        /// The allowed values, as shown to users: `1 to 50`.
        package var range: String

        /// - Parameter range: shown to users and not checked.
        package init(_ name: String, _ range: String, methods: Set<FineTuneSpec.Method> = [.supervised, .dpo, .reinforcement]) {
            self.name = name
            self.methods = methods
            self.range = range
        }
    }

    /// Batches; absent from a provider that only answers online.
    package struct Batch: Hashable, Sendable {
        /// How a tag is attached to a batch and looked up again.
        package var tag: String
        /// The field by which a result line is matched to its request.
        package var matchedBy: String
        /// The minimum number of lines of one batch.
        package var fewestLines: Int
        /// The maximum number of lines of one batch.
        package var mostLines: Int
        /// The maximum size of one input file.
        package var mostBytes: Int

        /// - Parameter tag: shown to users, like `matchedBy`.
        package init(tag: String, matchedBy: String, fewestLines: Int = 1, mostLines: Int, mostBytes: Int) {
            self.tag = tag
            self.matchedBy = matchedBy
            self.fewestLines = fewestLines
            self.mostLines = mostLines
            self.mostBytes = mostBytes
        }
    }

    /// Fine-tuning; absent from a provider that cannot tune.
    package struct Tuning: Hashable, Sendable {
        /// How a tag is attached to a job and looked up again.
        package var tag: String
        /// The supported methods, in the order shown.
        package var methods: [FineTuneSpec.Method]
        /// The supported hyperparameters; others are errors in a spec.
        package var hyperparameters: [Hyperparameter]
        /// Whether a seed can be set.
        package var takesSeed: Bool
        /// The tiers at which a job may run, as named by the provider; empty if there is no choice.
        package var tiers: [String]

        /// - Parameter tag: shown to users.
        package init(
            tag: String, methods: [FineTuneSpec.Method], hyperparameters: [Hyperparameter], takesSeed: Bool, tiers: [String] = []
        ) {
            self.tag = tag
            self.methods = methods
            self.hyperparameters = hyperparameters
            self.takesSeed = takesSeed
            self.tiers = tiers
        }
    }

    /// How files are stored and how a duplicate upload is found; `nil` without `Storage`.
    package var storage: String?
    /// `nil` if the provider has no batches.
    package var batch: Batch?
    /// `nil` if the provider cannot tune.
    package var tuning: Tuning?
    /// How a tuned model is deployed and billed; `nil` if it is asked by its own name.
    package var hosting: String?
    /// The keys of a spec's request that reach the model, besides `prompt`.
    package var requestKeys: [String]

    /// - Parameter requestKeys: the keys besides `prompt`; any other key in a spec is an error.
    package init(
        storage: String? = nil, batch: Batch? = nil, tuning: Tuning? = nil, hosting: String? = nil, requestKeys: [String]
    ) {
        self.storage = storage
        self.batch = batch
        self.tuning = tuning
        self.hosting = hosting
        self.requestKeys = requestKeys
    }
}
