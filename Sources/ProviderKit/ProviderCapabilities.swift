// What a kind of provider can do, as a table: printed by `assay providers`, checked by `assay validate`.

package import Specification

/// What a provider can do. Texts are for people; lists decide what a spec may set.
package struct ProviderCapabilities: Hashable, Sendable {
    /// A setting that a tuning job takes.
    package struct Hyperparameter: Hashable, Sendable {
        package var name: String
        package var methods: Set<FineTuneSpec.Method>
        /// What it may be, for people: `1 to 50`.
        package var range: String

        package init(_ name: String, _ range: String, methods: Set<FineTuneSpec.Method> = [.supervised, .dpo, .reinforcement]) {
            self.name = name
            self.methods = methods
            self.range = range
        }
    }

    package struct Batch: Hashable, Sendable {
        /// How a tag is attached to a batch and looked up again.
        package var tag: String
        /// What a result line is matched by.
        package var matchedBy: String
        package var fewestLines: Int
        package var mostLines: Int
        package var mostBytes: Int

        package init(tag: String, matchedBy: String, fewestLines: Int = 1, mostLines: Int, mostBytes: Int) {
            self.tag = tag
            self.matchedBy = matchedBy
            self.fewestLines = fewestLines
            self.mostLines = mostLines
            self.mostBytes = mostBytes
        }
    }

    package struct Tuning: Hashable, Sendable {
        /// How a tag is attached to a job and looked up again.
        package var tag: String
        package var methods: [FineTuneSpec.Method]
        package var hyperparameters: [Hyperparameter]
        /// Whether a seed can be set.
        package var takesSeed: Bool
        /// The places where a job may run, by the provider's words; none where there is no choice.
        package var tiers: [String]

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

    /// Where files are kept and how a doubled upload is found; `nil` without `Storage`.
    package var storage: String?
    package var batch: Batch?
    package var tuning: Tuning?
    /// What a tuned model is asked through, and how that is billed; `nil` where it is asked by its own name.
    package var hosting: String?
    /// The keys of a spec's request that reach the model, besides `prompt`.
    package var requestKeys: [String]

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
