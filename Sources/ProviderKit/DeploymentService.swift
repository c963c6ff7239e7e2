// Deployments as leases: what has to be running before a model can be asked.

package import Basics

/// A provider's deployments, as far as leases need them.
package protocol DeploymentService: Sendable {
    /// Creates the deployment, or finds it as it is wanted, marks it as used by this store, and waits until it is up.
    func create(_ wanted: DeploymentRequest, name: String) async throws
    /// Takes this store's mark off the deployment, and deletes it unless another store's mark is left; no error when it is
    /// gone.
    /// - Returns: `false` when another store uses it.
    func release(name: String) async throws -> Bool
    /// Whether a failed call was refused before anything was sent, and always will be, such as for an account whose name
    /// cannot be part of an address.
    func isRefusedHere(_ error: any Error) -> Bool
    /// The provider's time, by which it bills.
    var clock: any WallClock { get }
}

extension DeploymentService {
    package func isRefusedHere(_ error: any Error) -> Bool { false }
}

/// A deployment that a step needs.
package struct DeploymentRequest: Sendable, Hashable {
    /// Names the steps of the plan that will want this deployment. Several groups may turn out to want the same one: of
    /// fine-tuned models, the deployed model is known only once it is trained.
    package var group: String
    package var account: String
    package var emulated: Bool
    package var model: String
    package var sku: String
    package var capacity: Int
    package var hourly: Money
    /// How long it stays after the run; `nil` not at all, `.infinity` for good.
    package var keepSeconds: Double?

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

    /// `assay-` and 16 hex digits of account, model, sku and capacity.
    package var name: String { "assay-" + Digest(of: "\(account) \(model) \(sku) \(capacity)").short }

    /// Whether a name has the form that `name` generates. Deployments with any other name are never deleted.
    package static func isGenerated(_ name: String) -> Bool { name.wholeMatch(of: #/assay-[0-9a-f]{16}/#) != nil }
}

/// A deployment that exists and is not the one that was wanted: it is left as it is.
package struct DeploymentMismatch: Error, Hashable, Sendable {
    package var name: String
    /// The model that the existing deployment serves.
    package var found: String
    package var wanted: String

    package init(name: String, found: String, wanted: String) {
        self.name = name
        self.found = found
        self.wanted = wanted
    }
}

extension DeploymentMismatch: CustomStringConvertible {
    package var description: String {
        "a deployment named \(name) exists and serves '\(found)', not '\(wanted)'. It is left as it is: delete it at the "
            + "provider, or name another deployment with 'deployment:'"
    }
}
