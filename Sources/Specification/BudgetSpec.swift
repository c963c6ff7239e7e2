// The cost limit of an experiment.

package import Basics

/// The maximum total cost of all runs in a project's store.
package struct BudgetSpec: Hashable, Sendable, Codable {
    /// The limit in real US dollars; emulated costs are counted separately.
    package var usd: Money

    /// - Parameter usd: the limit for all runs in the store together.
    package init(usd: Money) {
        self.usd = usd
    }
}
