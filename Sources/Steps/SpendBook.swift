// Tells the ledger what a step spent.

package import Basics
package import Execution
package import Ledger
import Planning

/// Records money as it is spent, by receipts that make a second record harmless.
package struct SpendBook: Sendable {
    let ledger: Ledger
    let run: RunID
    let budget: Money?

    package init(ledger: Ledger, run: RunID, budget: Money?) {
        self.ledger = ledger
        self.run = run
        self.budget = budget
    }

    /// A spending of a step at an account.
    func spend(
        _ amount: Money?, what: String, receipt: String, account: String, emulated: Bool, context: StepContext,
        detail: JSONValue
    ) -> [Spend] {
        guard let amount, amount > .zero else { return [] }
        return [Spend(
            run: run, step: context.step.id, key: context.key, account: account, emulated: emulated, amount: amount,
            what: what, receipt: receipt, detail: detail)]
    }

    /// Holds the forecast of a step back from the budget, refusing it when the budget does not allow it.
    func reserve(_ amount: Money, emulated: Bool, context: StepContext) throws {
        try ledger.reserve(
            holder: "step:\(context.key)", run: run, step: context.step.id, amount: amount, emulated: emulated,
            budget: budget)
    }

    /// Frees what a step held back and records what it spent.
    func settle(_ spend: [Spend], context: StepContext) throws {
        try ledger.settle(holder: "step:\(context.key)", spend: spend)
    }

    /// What was recorded under receipts that begin so.
    func spent(receipts prefix: String) throws -> Money { try ledger.spent(receipts: prefix) }
}
