// Recorded spending and its totals.

package import Basics

/// An amount spent, calculated from the provider's own counts. Emulated dollars are marked and counted separately.
package struct Spend: Hashable, Sendable {
    /// The run that spent the amount.
    package var run: RunID
    /// The step that spent the amount, by its name in the run's plan.
    package var step: StepID
    /// The key of that step; `nil` when it is not known.
    package var key: StepKey?
    /// The provider account that is billed, as in the step's identity.
    package var account: String
    /// Whether the dollars are an emulator's.
    package var emulated: Bool
    /// The amount in US dollars.
    package var amount: Money
    /// The category, such as `batch`, `training`, `hosting` or `online`.
    package var what: String
    /// Identifies the billed work. A second record with the same receipt changes nothing.
    package var receipt: String
    /// The basis of the amount: tokens, hours, the price table.
    package var detail: JSONValue

    /// - Parameter receipt: must be unique to the billed work, because the ledger ignores a repeated receipt.
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

/// Spent and reserved totals over all runs of the store.
package struct Balance: Hashable, Sendable {
    /// The sum of all recorded spending.
    package var spent: Money
    /// The sum of all open reservations.
    package var reserved: Money

    /// Creates a balance of real or of emulated dollars, never of both.
    package init(spent: Money, reserved: Money) {
        self.spent = spent
        self.reserved = reserved
    }
}
