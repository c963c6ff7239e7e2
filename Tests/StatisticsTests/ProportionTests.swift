// Intervals and tests of proportions, compared with statsmodels.

import Statistics
import Testing

struct ProportionTests {
    struct Intervals: Decodable { let k, n: Int, wilson, wilson99, clopperPearson: [Double] }

    @Test("Wilson and Clopper-Pearson intervals are statsmodels'", arguments: Golden<Intervals>.cases("proportions"))
    func intervals(golden: Golden<Intervals>) throws {
        let share = Proportion(golden.values.k, of: golden.values.n)
        for (interval, expected) in [
            (share.wilson(), golden.values.wilson),
            (share.wilson(confidence: 0.99), golden.values.wilson99),
            (share.clopperPearson(), golden.values.clopperPearson),
        ] {
            #expect(isNear(interval?.low, expected[0]) && isNear(interval?.high, expected[1]))
        }
    }

    @Test func noTrialsHaveNoInterval() {
        let none = Proportion(0, of: 0)
        #expect(none.value == nil && none.wilson() == nil && none.clopperPearson() == nil)
    }

    @Test func publishedAccuracyOfTheFineTunedModel() throws {
        let interval = try #require(Proportion(496, of: 600).wilson())
        #expect(abs(interval.low - 0.794) < 5e-4 && abs(interval.high - 0.855) < 5e-4)
    }

    struct Two: Decodable { let a, m, b, n: Int, interval: [Double], p: Double }

    @Test("Two independent proportions", arguments: Golden<Two>.cases("twoProportions"))
    func twoProportions(golden: Golden<Two>) {
        let two = TwoProportions(
            Proportion(golden.values.a, of: golden.values.m), Proportion(golden.values.b, of: golden.values.n))
        #expect(isNear(two.pValue, golden.values.p))
        #expect(isNear(two.interval()?.low, golden.values.interval[0]))
        #expect(isNear(two.interval()?.high, golden.values.interval[1]))
    }

    struct Quantile: Decodable { let p, z: Double }

    @Test("Normal quantiles", arguments: Golden<Quantile>.cases("normalQuantiles"))
    func normal(golden: Golden<Quantile>) {
        #expect(isNear(Normal.quantile(golden.values.p), golden.values.z, relative: 1e-12))
        #expect(isNear(Normal.cumulative(golden.values.z), golden.values.p))
    }

    struct BetaValue: Decodable { let x, a, b, cdf: Double }

    @Test("Incomplete beta", arguments: Golden<BetaValue>.cases("betas"))
    func beta(golden: Golden<BetaValue>) {
        #expect(isNear(Beta.cumulative(golden.values.x, golden.values.a, golden.values.b), golden.values.cdf))
    }

    @Test func binomialTailsAddUp() {
        for k in -1...12 {
            let below = Binomial.cumulative(k, n: 11, p: 0.3)
            let above = 1 - Binomial.cumulative(10 - k, n: 11, p: 0.7)
            #expect(abs(below - above) < 1e-12, "k = \(k)")
        }
    }
}
