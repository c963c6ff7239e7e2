// A provider that is ready to be called.

package import Basics

/// One account of a provider with what it can do. Nothing is sent when it is made.
package struct ConnectedProvider: Sendable {
    package var answering: any Answering
    package var batching: (any Batching)?
    package var tuning: (any Tuning)?
    /// `nil` where a model is asked by its own name.
    package var hosting: (any Hosting)?
    package var storage: (any Storage)?
    package var models: any ModelListing
    /// Tells the provider's time: an emulator's clock jumps to the next due moment.
    package var clock: any WallClock
    /// Whether its dollars are not real, and whether this machine does its work.
    package var isEmulated: Bool
    /// The price table's name for the emulator's models, when the spec gives one.
    package var priceAs: String?
    /// Whether a model must be deployed before it can be asked; else it is asked by its own name.
    package var needsDeployment: Bool
    /// Whether a list of jobs may lack what was created moments ago. A server on this machine lists what it has; an
    /// emulator imitates a provider whose list lags.
    package var listLags: Bool
    /// Takes the account's keys and tokens, as they are now, out of texts that the provider sent: a server may echo them.
    package var redactor: @Sendable () async -> @Sendable (String) -> String

    package init(
        answering: any Answering, batching: (any Batching)? = nil, tuning: (any Tuning)? = nil,
        hosting: (any Hosting)? = nil, storage: (any Storage)? = nil, models: any ModelListing, clock: any WallClock,
        isEmulated: Bool, priceAs: String? = nil, needsDeployment: Bool, listLags: Bool,
        redactor: @escaping @Sendable () async -> @Sendable (String) -> String
    ) {
        self.answering = answering
        self.batching = batching
        self.tuning = tuning
        self.hosting = hosting
        self.storage = storage
        self.models = models
        self.clock = clock
        self.isEmulated = isEmulated
        self.priceAs = priceAs
        self.needsDeployment = needsDeployment
        self.listLags = listLags
        self.redactor = redactor
    }
}

/// A capability that a step needs and the provider does not have.
package struct MissingCapability: Error, Hashable, Sendable, CustomStringConvertible {
    package var provider: String
    package var capability: String

    package init(provider: String, capability: String) {
        self.provider = provider
        self.capability = capability
    }

    package var description: String { "provider '\(provider)' has no \(capability)" }
}

extension Optional {
    /// The capability.
    /// - Throws: `MissingCapability`.
    package func required(_ capability: String, of provider: String) throws(MissingCapability) -> Wrapped {
        guard let self else { throw MissingCapability(provider: provider, capability: capability) }
        return self
    }
}
