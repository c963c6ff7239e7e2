// A connected account of a provider with its capabilities.

package import Basics

/// One account of a provider. Creating it sends nothing; a capability that is `nil` is not supported.
package struct ConnectedProvider: Sendable {
    /// Online questions; every provider supports them.
    package var answering: any Answering
    /// Batches of questions.
    package var batching: (any Batching)?
    /// Fine-tuning.
    package var tuning: (any Tuning)?
    /// `nil` if a model is asked by its own name.
    package var hosting: (any Hosting)?
    /// `nil` if tuned models cost nothing to keep and need no list, or if they cannot be deleted.
    package var keeping: (any ModelKeeping)?
    /// Uploaded files.
    package var storage: (any Storage)?
    /// The models of the account, for `assay doctor`.
    package var models: any ModelListing
    /// The provider's time. The clock of an emulator jumps to the next due time.
    package var clock: any WallClock
    /// Whether an emulator on this machine replaces the provider, so that its costs are not real.
    package var isEmulated: Bool
    /// The model of the price table that prices the emulator's models, if the spec names one.
    package var priceAs: String?
    /// Whether a model must be deployed before it can be asked.
    package var needsDeployment: Bool
    /// Whether a list of jobs may lack a job created moments ago. False for a server on this machine, except for an
    /// emulator, which imitates a provider with lagging lists.
    package var hasLaggingLists: Bool
    /// Removes the account's current keys and tokens from texts of the provider, because a server may echo them.
    package var redactor: @Sendable () async -> @Sendable (String) -> String

    /// Takes capabilities that are already bound to one account; sends nothing.
    package init(
        answering: any Answering, batching: (any Batching)? = nil, tuning: (any Tuning)? = nil,
        hosting: (any Hosting)? = nil, keeping: (any ModelKeeping)? = nil, storage: (any Storage)? = nil,
        models: any ModelListing, clock: any WallClock,
        isEmulated: Bool, priceAs: String? = nil, needsDeployment: Bool, hasLaggingLists: Bool,
        redactor: @escaping @Sendable () async -> @Sendable (String) -> String
    ) {
        self.answering = answering
        self.batching = batching
        self.tuning = tuning
        self.hosting = hosting
        self.keeping = keeping
        self.storage = storage
        self.models = models
        self.clock = clock
        self.isEmulated = isEmulated
        self.priceAs = priceAs
        self.needsDeployment = needsDeployment
        self.hasLaggingLists = hasLaggingLists
        self.redactor = redactor
    }
}

/// A capability that a step needs and the provider lacks.
package struct MissingCapability: Error, Hashable, Sendable, CustomStringConvertible {
    /// The provider's name in the spec.
    package var provider: String
    /// A noun for the message, such as `batches`.
    package var capability: String

    /// - Parameter capability: a noun for the message.
    package init(provider: String, capability: String) {
        self.provider = provider
        self.capability = capability
    }

    /// The message for the user.
    package var description: String { "provider '\(provider)' has no \(capability)" }
}

extension Optional {
    /// The capability, unwrapped.
    /// - Throws: `MissingCapability` for `nil`.
    package func required(_ capability: String, of provider: String) throws(MissingCapability) -> Wrapped {
        guard let self else { throw MissingCapability(provider: provider, capability: capability) }
        return self
    }
}
