// The duty to tear down a deployment that bills by the hour.

package import Basics
package import Foundation

/// A deployment that this project put up, or is about to.
package struct Lease: Hashable, Sendable {
    /// `opening` is written before the create call, `up` when it bills; `ending` before the delete call, `ended` once
    /// the provider has it no more.
    package enum State: String, Sendable, Hashable { case opening, up, ending, ended }

    /// The deployment's name, `assay-…`.
    package var name: String
    package var account: String
    package var model: String
    package var sku: String
    package var capacity: Int
    package var hourly: Money
    package var emulated: Bool
    package var state: State
    package var run: RunID
    package var owner: ProcessOwner
    package var heartbeat: Date
    /// Kept up until then, also without an owner; `distantFuture` for `keep: true`.
    package var keepUntil: Date?
    package var openedAt: Date
    package var upAt: Date?
    package var endedAt: Date?

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
