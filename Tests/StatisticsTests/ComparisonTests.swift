import Statistics
import Testing

/// Answers with a given outcome each, for examples `0, 1, ...` of one label.
func answers(_ outcomes: [Bool], latencies: [Double]? = nil, from start: Int = 0) -> [ScoredAnswer] {
    outcomes.enumerated().map { at, isRight in
        ScoredAnswer(
            example: "\(start + at)", label: "A", answer: isRight ? "A" : "B", matched: isRight ? "A" : "B",
            outcome: isRight ? .correct : .wrong, latencyMilliseconds: latencies?[at])
    }
}

struct ComparisonTests {
    struct Discordant: Decodable { let b, c: Int, p: Double }

    @Test("Exact McNemar is statsmodels'", arguments: Golden<Discordant>.cases("mcnemar"))
    func mcNemar(golden: Golden<Discordant>) {
        let test = McNemar(onlyFirst: golden.values.b, onlySecond: golden.values.c)
        #expect(isNear(test.pValue, golden.values.p))
    }

    struct Family: Decodable { let p, adjusted: [Double] }

    @Test("Holm's adjustment is statsmodels'", arguments: Golden<Family>.cases("holm"))
    func holmAdjustment(golden: Golden<Family>) {
        let adjusted = holm(golden.values.p)
        #expect(adjusted.count == golden.values.adjusted.count)
        #expect(zip(adjusted, golden.values.adjusted).allSatisfy { isNear($0, $1) })
    }

    struct Drawn: Decodable { let a, b: [Double], paired: Bool, difference, relative: [Double] }

    @Test("Bootstrap intervals are SciPy's but for chance", arguments: Golden<Drawn>.cases("bootstraps"))
    func bootstrap(golden: Golden<Drawn>) throws {
        let values = golden.values
        let means = try #require(
            Bootstrap.compareMeans(values.a, values.b, paired: values.paired, resamples: 10_000, seed: 4))
        let relative = try #require(means.relative)
        for (interval, expected) in [(means.difference, values.difference), (relative, values.relative)] {
            let slack = 0.04 * (expected[1] - expected[0])
            #expect(abs(interval.low - expected[0]) < slack && abs(interval.high - expected[1]) < slack)
        }
        let again = Bootstrap.compareMeans(values.a, values.b, paired: values.paired, resamples: 10_000, seed: 4)
        #expect(again == means, "one seed, one interval")
    }

    struct Means: Decodable {
        let a, b: [Double], paired: Double?, welch: Double, percentiles: [String: Double], mean, std0, std1: Double
    }

    @Test("Means, percentiles and t-tests are numpy's and SciPy's", arguments: Golden<Means>.cases("means"))
    func means(golden: Golden<Means>) throws {
        let values = golden.values
        #expect(isNear(values.a.mean, values.mean))
        #expect(isNear(values.a.populationDeviation, values.std0))
        #expect(isNear(values.a.sampleDeviation, values.std1))
        for (percent, value) in values.percentiles {
            #expect(isNear(values.a.percentile(try #require(Double(percent))), value))
        }
        if let paired = values.paired { #expect(isNear(MeanTest.paired(values.a, values.b), paired)) }
        #expect(isNear(MeanTest.welch(values.a, values.b), values.welch))
    }

    @Test func sameImagesArePairedAndOthersAreNot() throws {
        let tuned = answers([true, true, true, true, true, true, true, false])
        let base = answers([false, false, false, false, false, false, true, false])
        let paired = try #require(Comparison.accuracy(tuned, base))
        #expect(paired.isPaired && paired.n == 8 && paired.onlyFirst == 6 && paired.onlySecond == 0)
        #expect(paired.difference == 0.75 && paired.relative == 6)
        #expect(isNear(paired.pValue, 2.0 / 64))

        let elsewhere = try #require(Comparison.accuracy(tuned, answers([true, false, true], from: 100)))
        #expect(!elsewhere.isPaired && elsewhere.n == 3 && elsewhere.onlyFirst == nil)
    }

    @Test func orderOfAnswersDoesNotMatterToPairing() throws {
        let first = answers([true, false, true, true]), second = answers([false, false, true, false])
        let straight = try #require(Comparison.accuracy(first, second))
        let turned = try #require(Comparison.accuracy(first, Array(second.reversed())))
        #expect(straight == turned)
    }

    @Test func missingAnswersAreLeftOutOnBothSides() throws {
        var first = answers([true, true, false])
        first[0].outcome = .missing
        let comparison = try #require(Comparison.accuracy(first, answers([false, true, true])))
        #expect(comparison.isPaired && comparison.n == 2 && comparison.onlySecond == 1)
        #expect(Comparison.accuracy([], []) == nil)
    }

    @Test(arguments: [[true], [true, true, true], [false], [false, false]])
    func equalAnswersDifferByNothing(outcomes: [Bool]) throws {
        let comparison = try #require(Comparison.accuracy(answers(outcomes), answers(outcomes)))
        #expect(comparison.difference == 0 && comparison.pValue == 1)
        #expect(comparison.interval == Interval(0, 0))
    }

    @Test func reversalTurnsEverySign() throws {
        let fast = answers([true, true, false, true], latencies: [100, 130, 90, 120])
        let slow = answers([true, false, false, true], latencies: [180, 190, 150, 210])
        for (there, back, value) in [
            (Comparison.accuracy(fast, slow), Comparison.accuracy(slow, fast), 0.75),
            (Comparison.meanLatency(fast, slow), Comparison.meanLatency(slow, fast), 110),
        ] {
            let there = try #require(there).reversed(firstValue: value), back = try #require(back)
            let relative = try #require(back.relative)
            #expect(isNear(there.difference, back.difference) && isNear(there.relative, relative))
            #expect(isNear(there.interval.low, back.interval.low) && isNear(there.interval.high, back.interval.high))
            #expect(there.pValue == back.pValue && there.onlyFirst == back.onlyFirst)
        }
        let relative = Comparison.meanLatency(fast, slow)?.reversed(firstValue: 110).relativeInterval
        let direct = try #require(Comparison.meanLatency(slow, fast)?.relativeInterval)
        #expect(isNear(relative?.low, direct.low) && isNear(relative?.high, direct.high))
    }

    @Test func smallestDifferenceThatCanBeSeen() throws {
        // Connor's formula solved for n gives back the n it was solved for.
        let difference = try #require(Detectable.paired(n: 600, disagreement: 0.2))
        let z = 1.959963984540054, power = 0.8416212335729143
        let needed = z * 0.2.squareRoot() + power * (0.2 - difference * difference).squareRoot()
        #expect(abs(needed * needed / (difference * difference) - 600) < 1e-6)
        #expect(abs(difference - 0.0510) < 5e-4)
        #expect(Detectable.paired(n: 2, disagreement: 0.5) == nil)
        #expect(try #require(Detectable.paired(n: 6000, disagreement: 0.2)) < difference)
    }

    struct Unpaired: Decodable { let accuracy: Double, first, second: Int, difference: Double }

    @Test("Smallest difference on other images is statsmodels'", arguments: Golden<Unpaired>.cases("detectables"))
    func detectable(golden: Golden<Unpaired>) {
        let values = golden.values
        let difference = Detectable.unpaired(n: values.first, values.second, accuracy: values.accuracy)
        #expect(isNear(difference, values.difference, relative: 1e-5), "it also counts the far tail")
    }

    @Test func rankingMarksWhatTheBestCannotBeToldFrom() {
        let best = answers((0..<100).map { $0 < 90 })
        let near = answers((0..<100).map { $0 < 88 })
        let far = answers((0..<100).map { $0 < 50 })
        let ranking = Ranking([("far", far), ("near", near), ("best", best), ("none", [])])
        #expect(ranking.entries.map(\.name) == ["best", "near", "far"])
        #expect(ranking.entries.map { $0.isTiedWithBest() } == [true, true, false])
        #expect(isNear(ranking.entries[1].behindBest?.difference, 0.02))
    }

    @Test func repeatsShowTheNoise() throws {
        let repeats = try #require(Repeats([0.70, 0.72, 0.74]))
        #expect(isNear(repeats.mean, 0.72) && isNear(repeats.std, 0.02) && isNear(repeats.repeatabilityLimit, 0.056))
        #expect(Repeats([0.7]) == nil)
        let share = Repeats.unsteadyShare([answers([true, true, false, false]), answers([true, false, false, true])])
        #expect(share == 0.5)
    }
}
