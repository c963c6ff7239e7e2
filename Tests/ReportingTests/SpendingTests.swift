// The total cost of results states which part is real and which is emulated.

import Basics
import Reporting
import Testing

@Suite struct SpendingTests {
    /// Guards against emulated cost that looked real in a run that spent nothing, and the reverse.
    @Test(
        arguments: [
            ("nothing", 0.0, 0.0, nil), ("real", 3.5, 0, "$3.50"), ("emulated", 3.5, 3.5, "$3.50 (emulated)"),
            ("both", 3.5, 1.5, "$2.00 (emulated: $1.50)"),
            ("not recorded", 3.5, nil, "$3.50 (how much of it is emulated was not recorded)"),
        ] as [(String, Double, Double?, String?)])
    func totalsStateTheirOrigin(_ id: String, _ all: Double, _ emulated: Double?, _ text: String?) {
        // This run's spending does not include the results of earlier runs.
        for (real, spent) in [(Money.zero, Money.zero), (Money(dollars: 1), .zero), (.zero, Money(dollars: 1))] {
            let spending = ExperimentResults.Spending(
                real: real, emulated: spent, allResults: Money(dollars: all),
                emulatedResults: emulated.map { Money(dollars: $0) })
            #expect(spending.totalText == text, "\(id)")
        }
    }
}
