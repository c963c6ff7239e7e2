// The lease of a deployment that bills by the hour: the obligation to delete it.

package import Basics
package import Foundation

/// A deployment that this project created or is about to create.
package struct Lease: Hashable, Sendable {
    /// `opening` is written before the create call and `up` when billing starts; `ending` is written before the
    /// delete call and `ended` once the provider no longer has the deployment.
    package enum State: String, Sendable, Hashable { case opening, up, ending, ended }

    /// The deployment's name, `assay-…`; unique within the account.
    package var name: String
    /// The provider account that is billed, as in the step's identity.
    package var account: String
    /// The provider's name of the deployed model.
    package var model: String
    /// The deployment's SKU, which determines its price.
    package var sku: String
    /// The deployment's capacity, in thousands of tokens per minute.
    package var capacity: Int
    /// The price per hour while the deployment is up.
    package var hourly: Money
    /// Whether an emulator hosts the deployment, so that no real money is due.
    package var emulated: Bool
    /// The last recorded state; a new lease starts as `opening`.
    package var state: State
    /// The run that holds the lease; it changes when another run takes the deployment over.
    package var run: RunID
    /// The process that must delete the deployment.
    package var owner: ProcessOwner
    /// The owner's last sign of life; it decides whether an owner on another machine counts as alive.
    package var heartbeat: Date
    /// The deployment stays up until this time even without an owner; `distantFuture` for `keep: true`.
    package var keepUntil: Date?
    /// The time of the create call, by the provider's clock where known; `Ledger.openLease` sets it.
    package var openedAt: Date
    /// The time at which billing started; `nil` until the deployment is up.
    package var upAt: Date?
    /// The time at which the provider no longer had the deployment; `nil` until then.
    package var endedAt: Date?

    /// Creates a lease in state `opening`; `Ledger.openLease` sets its times.
    package init(
        name: String, account: String, model: String, sku: String, capacity: Int, hourly: Money, emulated: Bool,
        run: RunID, owner: ProcessOwner = .current, keepUntil: Date? = nil
    ) {
        self.name = name
        self.account = account
        self.model = model
        self.sku = sku
        self.capacity = capacity
        self.hourly = hourly
        self.emulated = emulated
        state = .opening
        self.run = run
        self.owner = owner
        heartbeat = .distantPast
        self.keepUntil = keepUntil
        openedAt = .distantPast
    }
}
