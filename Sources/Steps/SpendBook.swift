// Records a step's cost in the ledger.

package import Basics
package import Execution
package import Ledger
import Planning

/// Records spending and budget reservations. Each payment has a receipt, so that recording it again has no effect.
package struct SpendBook: Sendable {
    let ledger: Ledger
    let run: RunID
    let budget: Money?

    /// - Parameter budget: the limit that reservations are checked against; `nil` for no limit.
    package init(ledger: Ledger, run: RunID, budget: Money?) {
        self.ledger = ledger
        self.run = run
        self.budget = budget
    }

    /// The ledger entry of a payment by a step from an account; empty if the amount is unknown or zero.
    func spend(
        _ amount: Money?, what: String, receipt: String, account: String, emulated: Bool, context: StepContext,
        detail: JSONValue
    ) -> [Spend] {
        guard let amount, amount > .zero else { return [] }
        return [
            Spend(
                run: run, step: context.step.id, key: context.key, account: account, emulated: emulated, amount: amount,
                what: what, receipt: receipt, detail: detail)
        ]
    }

    /// Reserves a step's forecast cost in the budget.
    /// - Throws: an error of the ledger if the budget does not allow it.
    func reserve(_ amount: Money, emulated: Bool, context: StepContext) throws {
        try ledger.reserve(
            holder: "step:\(context.key)", run: run, step: context.step.id, amount: amount, emulated: emulated,
            budget: budget)
    }

    /// Releases a step's reservation and records its cost.
    func settle(_ spend: [Spend], context: StepContext) throws {
        try ledger.settle(holder: "step:\(context.key)", spend: spend)
    }

    /// The total of the payments recorded under receipts with this prefix.
    func spent(receipts prefix: String) throws -> Money { try ledger.spent(receipts: prefix) }
}
