// Money that was spent, and how much there is of it.

package import Basics

/// A sum that the provider's own counts say was spent. An emulator's dollars are marked and counted apart.
package struct Spend: Hashable, Sendable {
    package var run: RunID
    package var step: StepID
    package var key: StepKey?
    package var account: String
    package var emulated: Bool
    package var amount: Money
    /// Such as `batch`, `training`, `hosting`, `online`.
    package var what: String
    /// Names the thing that was paid; a second record with the same receipt changes nothing.
    package var receipt: String
    /// Tokens, hours, the price table.
    package var detail: JSONValue

    package init(
        run: RunID, step: StepID, key: StepKey?, account: String, emulated: Bool, amount: Money, what: String,
        receipt: String, detail: JSONValue = .object([:])
    ) {
        self.run = run
        self.step = step
        self.key = key
        self.account = account
        self.emulated = emulated
        self.amount = amount
        self.what = what
        self.receipt = receipt
        self.detail = detail
    }
}

/// Spent and reserved over all runs of the store.
package struct Balance: Hashable, Sendable {
    package var spent: Money
    package var reserved: Money

    package init(spent: Money, reserved: Money) {
        self.spent = spent
        self.reserved = reserved
    }
}
