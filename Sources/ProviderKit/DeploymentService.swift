// Deployments as leases: created before a model can be asked, deleted when no longer needed.

package import Basics

/// The deployment operations that leases need.
package protocol DeploymentService: Sendable {
    /// Creates the deployment or finds a matching one, marks it as used by this store, and waits until it is ready.
    func create(_ wanted: DeploymentRequest, name: String) async throws
    /// Removes this store's mark and deletes the deployment, unless another store's mark remains. No error if it does
    /// not exist.
    /// - Returns: `false` if another store still uses it.
    func release(name: String) async throws -> Bool
    /// Whether a call was rejected permanently before anything was sent, such as for an account name that cannot be
    /// part of a URL.
    func isRejectedBeforeSending(_ error: any Error) -> Bool
    /// The provider's time, on which billing is based.
    var clock: any WallClock { get }
}

extension DeploymentService {
    /// Defaults to `false`, for services that check nothing before sending.
    package func isRejectedBeforeSending(_ error: any Error) -> Bool { false }
}

/// A deployment that a step needs.
package struct DeploymentRequest: Sendable, Hashable {
    /// Identifies the steps of the plan that will use this deployment. Several groups may resolve to the same
    /// deployment, because a fine-tuned model is known only after its training.
    package var group: String
    /// The provider's account, hashed into the generated name.
    package var account: String
    /// Whether the costs are not real.
    package var emulated: Bool
    /// The base model, or the id of a fine-tuned model.
    package var model: String
    /// The provider's billing model, such as `GlobalStandard`.
    package var sku: String
    /// The size in the provider's unit; on Azure thousands of tokens per minute.
    package var capacity: Int
    /// The price per hour while it exists, on top of tokens.
    package var hourly: Money
    /// Seconds to keep it after the run; `nil` deletes it at once, `.infinity` keeps it.
    package var keepSeconds: Double?

    /// - Parameter keepSeconds: `nil` deletes it at once, `.infinity` keeps it.
    package init(
        group: String, account: String, emulated: Bool, model: String, sku: String, capacity: Int, hourly: Money,
        keepSeconds: Double?
    ) {
        self.group = group
        self.account = account
        self.emulated = emulated
        self.model = model
        self.sku = sku
        self.capacity = capacity
        self.hourly = hourly
        self.keepSeconds = keepSeconds
    }

    /// `assay-` and 16 hex digits of the digest of account, model, SKU and capacity.
    package var name: String { "assay-" + Digest(of: "\(account) \(model) \(sku) \(capacity)").short }

    /// Whether a name has the form of `name`. Deployments with other names are never deleted.
    package static func isGenerated(_ name: String) -> Bool { name.wholeMatch(of: #/assay-[0-9a-f]{16}/#) != nil }
}

/// An existing deployment has the requested name and another model. It is not changed.
package struct DeploymentMismatch: Error, Hashable, Sendable {
    /// The name of the existing deployment.
    package var name: String
    /// The model that the existing deployment serves.
    package var found: String
    /// The model that was requested.
    package var wanted: String

    /// - Parameter found: the model that the existing deployment serves.
    package init(name: String, found: String, wanted: String) {
        self.name = name
        self.found = found
        self.wanted = wanted
    }
}

extension DeploymentMismatch: CustomStringConvertible {
    /// The message for the user, with both ways to resolve the conflict.
    package var description: String {
        "a deployment named \(name) exists and serves '\(found)', not '\(wanted)'. It was not changed: delete it at the "
            + "provider, or name another deployment with 'deployment:'"
    }
}
