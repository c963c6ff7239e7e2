// Paired tests and bootstrap intervals, compared with SciPy and statsmodels.

import Foundation
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

    struct Statistic: Decodable { let values: [Double]?, percent: Double?, truth, answers: [String]?, interval: [Double] }

    @Test(
        "Intervals of what is no mean are NumPy's and SciPy's but for chance",
        arguments: Golden<Statistic>.cases("drawnStatistics"))
    func drawnStatistics(golden: Golden<Statistic>) throws {
        let interval: Interval
        if let values = golden.values.values, let percent = golden.values.percent {
            interval = try #require(
                Bootstrap.statistic(ofExamples: values.count) { places in
                    places.map { values[$0] }.percentile(percent)
                })
        } else {
            let truth = try #require(golden.values.truth), answers = try #require(golden.values.answers)
            let matcher = LabelMatcher(labels: ["A", "B", "C", "D"])
            let scored = zip(truth, answers).enumerated().map { at, pair in
                matcher.score(example: "\(at)", label: pair.0, reply: .text(pair.1))
            }
            let isF1 = golden.id == "macro F1"
            interval = try #require(
                ClassificationScore(scored, labels: ["A", "B", "C", "D"])
                    .interval(of: { isF1 ? $0.macro?.f1 : $0.balancedAccuracy }, answers: scored))
        }
        let expected = golden.values.interval
        let slack = 0.12 * (expected[1] - expected[0])
        #expect(abs(interval.low - expected[0]) < slack && abs(interval.high - expected[1]) < slack, "\(interval)")
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
        // Not [0, 0]: as many images as these may hide a difference of 1 − (α/2)^(1/n) (Clopper and Pearson).
        let hidden = 1 - pow(0.025, 1 / Double(outcomes.count))
        #expect(isNear(comparison.interval.high, hidden) && isNear(-comparison.interval.low, hidden))
    }

    @Test("One image, all right against all wrong, and the other way", arguments: [1, 2, 7])
    func oneSided(n: Int) throws {
        let right = answers(Array(repeating: true, count: n)), wrong = answers(Array(repeating: false, count: n))
        let comparison = try #require(Comparison.accuracy(right, wrong))
        // Not [1, 1]: of other images as many may do the opposite as so few can hide.
        let hidden = 1 - pow(0.025, 1 / Double(n))
        #expect(comparison.difference == 1 && comparison.relative == nil && comparison.interval.high == 1)
        #expect(isNear(comparison.interval.low, 1 - 2 * hidden))
        #expect((comparison.interval.low > 0) == (comparison.pValue < 0.05), "the interval says what the test says")
        #expect(isNear(comparison.pValue, min(1, 2 * pow(0.5, Double(n)))))
        #expect(comparison.onlyFirst == n && comparison.onlySecond == 0)
        let back = try #require(Comparison.accuracy(wrong, right))
        #expect(back.difference == -1 && back.relative == -1 && back.pValue == comparison.pValue)
        #expect(back.interval == Interval(-1, -comparison.interval.low))
        let elsewhere = try #require(Comparison.accuracy(right, answers(Array(repeating: false, count: n), from: 50)))
        #expect(!elsewhere.isPaired && elsewhere.difference == 1 && elsewhere.interval.high <= 1)
    }

    @Test func oneLatencyHasNoTest() throws {
        #expect(Comparison.meanLatency(answers([true], latencies: [3]), answers([true], latencies: [4])) == nil)
        let summary = try #require(LatencySummary([3]))
        #expect(summary.std == 0 && summary.p50 == 3 && summary.p99 == 3 && summary.min == 3 && summary.max == 3)
        #expect(LatencySummary([]) == nil)
    }

    @Test func tiedLatenciesDifferByNothing() throws {
        let same = answers([true, true, true], latencies: [5, 5, 5])
        let comparison = try #require(Comparison.meanLatency(same, same))
        #expect(comparison.difference == 0 && comparison.pValue == 1 && comparison.interval == Interval(0, 0))
    }

    @Test func tiesInARankingKeepTheirOrder() {
        let one = answers([true, false, true]), other = answers([false, true, true])
        let ranking = Ranking([("first", one), ("second", other), ("third", one)])
        #expect(ranking.entries.map(\.name) == ["first", "second", "third"])
        #expect(ranking.entries.allSatisfy { $0.isTiedWithBest() })
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

    struct Paired: Decodable { let n: Int, disagreement: Double, difference: Double? }

    @Test(
        "Smallest difference on the same images is where the exact test's power is 0.8",
        arguments: Golden<Paired>.cases("pairedDetectables"))
    func pairedDetectable(golden: Golden<Paired>) {
        let difference = Detectable.paired(n: golden.values.n, disagreement: golden.values.disagreement)
        if let expected = golden.values.difference {
            #expect(difference.map { abs($0 - expected) < 2e-6 } == true, "\(String(describing: difference))")
        } else {
            #expect(difference == nil)
        }
    }

    @Test func withManyImagesTheSmallestDifferenceIsConnors() throws {
        // Connor's formula solved for n gives back the n it was solved for.
        let difference = try #require(Detectable.paired(n: 6000, disagreement: 0.2))
        let z = 1.959963984540054, power = 0.8416212335729143
        let needed = z * 0.2.squareRoot() + power * (0.2 - difference * difference).squareRoot()
        #expect(abs(needed * needed / (difference * difference) - 6000) < 1e-6)
        // Both agree at the boundary.
        let below = try #require(Detectable.paired(n: 4990, disagreement: 0.2))
        let above = try #require(Detectable.paired(n: 5010, disagreement: 0.2))
        #expect(abs(below / above - 1) < 0.02)
    }

    struct Unpaired: Decodable { let accuracy: Double, first, second: Int, difference: Double }

    @Test("Smallest difference on other images is statsmodels'", arguments: Golden<Unpaired>.cases("detectables"))
    func detectable(golden: Golden<Unpaired>) {
        let values = golden.values
        let difference = Detectable.unpaired(n: values.first, values.second, accuracy: values.accuracy)
        #expect(isNear(difference, values.difference, relative: 1e-5), "it also counts the far tail")
    }

    @Test func rankingMarksEntriesIndistinguishableFromTheBest() {
        let best = answers((0..<100).map { $0 < 90 })
        let near = answers((0..<100).map { $0 < 88 })
        let far = answers((0..<100).map { $0 < 50 })
        let ranking = Ranking([("far", far), ("near", near), ("best", best), ("none", [])])
        #expect(ranking.entries.map(\.name) == ["best", "near", "far"])
        #expect(ranking.entries.map { $0.isTiedWithBest() } == [true, true, false])
        #expect(isNear(ranking.entries[1].comparisonWithBest?.difference, 0.02))
    }

    @Test func repeatsShowTheNoise() throws {
        let repeats = try #require(Repeats([0.70, 0.72, 0.74]))
        #expect(isNear(repeats.mean, 0.72) && isNear(repeats.std, 0.02) && isNear(repeats.repeatabilityLimit, 0.056))
        #expect(Repeats([0.7]) == nil)
        let share = Repeats.disagreementShare([answers([true, true, false, false]), answers([true, false, false, true])])
        #expect(share == 0.5)
    }
}
