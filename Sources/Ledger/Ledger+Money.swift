// Money in the ledger: spending, reservations and the remaining budget.

package import Basics
import Foundation
import GRDB

extension Ledger {
    /// Reserves an amount for a step that pays per request (online requests) or for a deployment's hours. A second
    /// reservation by the same holder replaces the first.
    /// - Parameter holder: the holder of the reservation, such as `step:<key>` or `lease:<name>`.
    /// - Throws: `LedgerError.overBudget`; the holder's earlier reservation stays.
    package func reserve(
        holder: String, run: RunID, step: StepID, amount: Money, emulated: Bool, budget: Money?
    ) throws {
        try write(durable: true) { database in
            let held = try rows(
                database, of: "reservations", sql: "SELECT amount FROM reservations WHERE holder = ? AND emulated = ?",
                [holder, emulated]
            ).first?.money("amount")
            try checkBudget(
                database, step: step, amount: amount, emulated: emulated, budget: budget,
                heldBefore: held ?? .zero)
            try setReservation(database, holder: holder, run: run, step: step, amount: amount, emulated: emulated)
        }
    }

    /// Ends a reservation and records the actual spending, in one transaction.
    package func settle(holder: String, spend: [Spend] = []) throws {
        try write(durable: true) { database in
            for item in spend { try record(database, item) }
            try database.execute(sql: "DELETE FROM reservations WHERE holder = ?", arguments: [holder])
        }
    }

    /// Records spending. A receipt that is already recorded is ignored.
    package func record(_ spend: [Spend]) throws {
        try write(durable: true) { database in
            for item in spend { try record(database, item) }
        }
    }

    /// Spent and reserved totals over all runs. Emulated and real dollars are counted separately.
    package func balance(emulated: Bool) throws -> Balance { try read { try balance($0, emulated: emulated) } }

    /// The spending of one run, or of all runs when `run` is `nil`, in recording order.
    package func spending(of run: RunID? = nil) throws -> [Spend] {
        try read { database in
            try rows(
                database, of: "spend", sql: "SELECT * FROM spend WHERE ?1 IS NULL OR run = ?1 ORDER BY at, rowid",
                [run?.text]
            ).map { row in
                Spend(
                    run: RunID(try row.text("run")), step: StepID(try row.text("step")), key: try row.optionalKey("key"),
                    account: try row.text("account"), emulated: try row.flag("emulated"),
                    amount: try row.money("amount"), what: try row.text("what"), receipt: try row.text("receipt"),
                    detail: try row.json("detail"))
            }
        }
    }

    /// The total recorded under receipts that begin with `prefix`.
    package func spent(receipts prefix: String) throws -> Money {
        try read { database in
            try sum(database, "spend WHERE receipt >= ?1 AND receipt < ?1 || '~'", [prefix])
        }
    }

    func record(_ database: Database, _ spend: Spend) throws {
        try database.execute(
            sql: """
                INSERT OR IGNORE INTO spend (receipt, at, run, step, key, account, emulated, amount, what, detail)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                spend.receipt, now().timeIntervalSince1970, spend.run.text, spend.step.text, spend.key?.digest.hex,
                spend.account, spend.emulated, spend.amount.units, spend.what, spend.detail.canonical,
            ])
    }

    func setReservation(
        _ database: Database, holder: String, run: RunID, step: StepID, amount: Money, emulated: Bool
    ) throws {
        try database.execute(
            sql: "INSERT OR REPLACE INTO reservations (holder, run, step, emulated, amount) VALUES (?, ?, ?, ?, ?)",
            arguments: [holder, run.text, step.text, emulated, amount.units])
    }

    func checkBudget(
        _ database: Database, step: StepID, amount: Money, emulated: Bool, budget: Money?,
        heldBefore: Money = .zero
    ) throws {
        guard let budget else { return }
        let balance = try balance(database, emulated: emulated)
        let reserved = balance.reserved - heldBefore
        guard balance.spent + reserved + amount <= budget else {
            throw LedgerError.overBudget(
                step: step, amount: amount, spent: balance.spent, reserved: reserved, budget: budget)
        }
    }

    private func balance(_ database: Database, emulated: Bool) throws -> Balance {
        Balance(
            // A row that is neither emulated nor real counts in both sums and causes an error.
            spent: try sum(database, "spend WHERE emulated IS NOT ?", [!emulated]),
            reserved: try sum(database, "reservations WHERE emulated IS NOT ?", [!emulated]))
    }

    /// Sums amounts. SQLite fails when a sum overflows, so the two 32-bit halves of each amount are summed
    /// separately. An amount that is not an integer is an error; SQLite would treat it as zero.
    private func sum(_ database: Database, _ source: String, _ arguments: StatementArguments) throws -> Money {
        let sums = try rows(
            database, of: source.prefix { $0 != " " }.description,
            sql: """
                SELECT coalesce(sum(amount >> 32), 0) AS high, coalesce(sum(amount & 4294967295), 0) AS low,
                    count(*) - coalesce(sum(typeof(amount) = 'integer' AND emulated IN (0, 1)), 0) AS amount FROM \(source)
                """,
            arguments)
        guard let row = sums.first else { return .zero }
        _ = try row.integer("amount", in: 0...0)
        return Money(
            units: try row.integer("high").saturatingMultiplied(by: 1 << 32).saturatingAdding(try row.integer("low")))
    }
}
