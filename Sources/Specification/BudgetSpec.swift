// What an experiment may cost.

package import Basics

/// The most that all runs in a project's store may cost together.
package struct BudgetSpec: Hashable, Sendable, Codable {
    /// Real dollars; an emulator's are counted apart.
    package var usd: Money

    package init(usd: Money) {
        self.usd = usd
    }
}
