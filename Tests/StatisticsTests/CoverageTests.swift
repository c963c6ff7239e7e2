// Simulated coverage of the intervals of grouped items, and the size of their tests, one shape of metric at a time.

import Basics
import Foundation
import Statistics
import Testing

/// The short form runs always; ASSAY_COVERAGE=long runs 2,000 samples with 2,000 draws each.
private let isLong = ProcessInfo.processInfo.environment["ASSAY_COVERAGE"] == "long"
private let runs = isLong ? 2000 : 200
private let draws = isLong ? 2000 : 500
/// Three standard errors of a coverage of 95%: what chance alone may add to a bound.
private let chance = 3 * (0.95 * 0.05 / Double(runs)).squareRoot()

extension SeededRandom {
    fileprivate mutating func normal() -> Double {
        (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit())
    }
    fileprivate mutating func poisson(_ mean: Double) -> Double {
        var product = unit(), count = 0.0
        while product > exp(-mean) {
            product *= unit()
            count += 1
        }
        return count
    }
    fileprivate mutating func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}

/// The generation of one group from a population, and the estimated quantity.
private struct Shape: Sendable {
    var width: Int
    var draw: @Sendable (inout SeededRandom) -> [Double]
    var value: @Sendable ([Double]) -> Double?
    /// Several rows of two parts where groups have several items.
    var items: (@Sendable (inout SeededRandom) -> [[Double]])?

    /// A share of right answers, one to eight questions a document, documents of different difficulty.
    static let questions = Shape(
        width: 2, draw: { _ in [] }, value: { $0[1] > 0 ? $0[0] / $0[1] : nil },
        items: { random in
            let ease = 1 / (1 + exp(-(1.1 + 1.3 * random.normal())))
            return (0..<random.whole(1...8)).map { _ in [random.unit() < ease ? 1.0 : 0, 1] }
        })
    /// Edits over characters of lines with different difficulty.
    static let errorRate = Shape(
        width: 2,
        draw: { random in
            let length = Double(random.whole(20...80))
            return [random.poisson(length * 0.05 * exp(0.5 * random.normal())), length]
        }, value: { $0[1] > 0 ? $0[0] / $0[1] : nil })
    /// Hits, references, answers of documents.
    static let fieldF1 = Shape(
        width: 3,
        draw: { random in
            let fields = random.whole(4...12), ease = 1 / (1 + exp(-(1.5 + random.normal())))
            let hits = Double((0..<fields).count { _ in random.unit() < ease })
            return [hits, Double(fields), Double(fields) - (random.unit() < 0.3 ? 1 : 0)]
        }, value: { $0[1] + $0[2] > 0 ? 2 * $0[0] / ($0[1] + $0[2]) : nil })
    /// Mean absolute error.
    static let error = Shape(
        width: 2, draw: { random in [abs(random.normal()) * 2, 1] }, value: { $0[1] > 0 ? $0[0] / $0[1] : nil })
    /// A score between 0 and 1 that is mostly one of the two, one a document.
    static let graded = Shape(
        width: 2,
        draw: { random in
            let u = random.unit()
            return [u < 0.74 ? 1 : u < 0.82 ? 0.5 + random.unit() / 2 : 0, 1]
        }, value: { $0[1] > 0 ? $0[0] / $0[1] : nil })
}

struct CoverageTests {
    private static func sample(_ shape: Shape, groups: Int, _ random: inout SeededRandom) -> GroupedSample {
        var items: [(group: String, parts: [Double])] = []
        for group in 0..<groups {
            if let several = shape.items {
                for parts in several(&random) { items.append((String(group), parts)) }
            } else {
                items.append((String(group), shape.draw(&random)))
            }
        }
        return GroupedSample(width: shape.width, items: items)
    }

    private static func coverage(
        _ shape: Shape, groups: Int, seed: UInt64, _ interval: (GroupedSample, UInt64) -> Interval?
    ) -> Double {
        var random = SeededRandom(seed: seed)
        let truth = shape.value(sample(shape, groups: 40_000, &random).total) ?? .nan
        var covered = 0
        for run in 0..<runs {
            if interval(sample(shape, groups: groups, &random), UInt64(run))?.contains(truth) == true { covered += 1 }
        }
        return Double(covered) / Double(runs)
    }

    @Test(arguments: isLong ? [10, 20, 50, 150] : [20, 60])
    func sharesOfGroupedItems(_ groups: Int) {
        let covered = CoverageTests.coverage(.questions, groups: groups, seed: 21) { sample, _ in GroupedStatistics.share(sample)
        }
        #expect(covered > 0.94 - chance && covered < 0.98 + chance)
    }

    @Test(arguments: isLong ? [15, 30, 100] : [30])
    func gradedScores(_ items: Int) {
        let covered = CoverageTests.coverage(.graded, groups: items, seed: 22) { sample, _ in GroupedStatistics.share(sample) }
        #expect(covered > 0.95 - chance)
    }

    /// The Wilson interval over questions ignores shared documents, and its coverage is far below 95%.
    @Test func questionsAreNotIndependent() {
        let covered = CoverageTests.coverage(.questions, groups: 60, seed: 21) { sample, _ in
            Proportion(Int(sample.total[0]), of: Int(sample.total[1])).wilson()
        }
        #expect(covered < 0.9)
    }

    private struct Drawing {
        let id: String
        let shape: Shape
        let groups: Int, least: Double
    }

    private static let drawings: [Drawing] = [
        Drawing(id: "ratio of sums", shape: .errorRate, groups: 30, least: 0.90),
        Drawing(id: "ratio of sums", shape: .errorRate, groups: 100, least: 0.92),
        Drawing(id: "F1 of sums", shape: .fieldF1, groups: 30, least: 0.91),
        Drawing(id: "F1 of sums", shape: .fieldF1, groups: 100, least: 0.93),
        Drawing(id: "mean", shape: .error, groups: 30, least: 0.91),
        Drawing(id: "mean", shape: .error, groups: 100, least: 0.93),
    ]

    @Test func drawnIntervals() {
        for drawing in CoverageTests.drawings {
            let covered = CoverageTests.coverage(drawing.shape, groups: drawing.groups, seed: 23) { sample, seed in
                GroupedStatistics.drawn(sample, seed: seed, draws: draws, value: drawing.shape.value)
            }
            #expect(covered > drawing.least - chance && covered < 0.97 + chance, "\(drawing.id), \(drawing.groups) groups")
        }
    }

    /// A statistic that is not a function of sums: the median of errors, by weights.
    @Test func weightedIntervals() {
        var random = SeededRandom(seed: 24)
        let truth = 0.6745
        var covered = 0
        for run in 0..<runs {
            let errors = (0..<60).map { _ in abs(random.normal()) }
            let order = errors.indices.sorted { errors[$0] < errors[$1] }
            let interval = GroupedStatistics.drawn(groups: errors.count, seed: UInt64(run), draws: draws) { weights in
                var before = 0.0
                for at in order {
                    before += weights[at]
                    if 2 * before >= 60 { return errors[at] }
                }
                return nil
            }
            if interval?.contains(truth) == true { covered += 1 }
        }
        #expect(Double(covered) / Double(runs) > 0.92 - chance)
    }

    /// If two models are equally good, the swap test reports a difference in about 5% of samples.
    @Test func sizeOfTheSwapTest() {
        let shapes: [(Shape, Int)] = [(.questions, 30), (.errorRate, 30), (.fieldF1, 30)]
        for (shape, groups) in shapes {
            var random = SeededRandom(seed: 25)
            var found = 0
            for run in 0..<runs {
                // A fair coin assigns each group to one of the models.
                let one = CoverageTests.sample(shape, groups: groups, &random),
                    two = CoverageTests.sample(shape, groups: groups, &random)
                guard shape.items == nil else {
                    // The same documents and numbers of questions: only whole groups can be exchanged.
                    let paired = CoverageTests.pairedQuestions(groups: groups, &random)
                    if GroupedStatistics.swapTest(paired.0, paired.1, seed: UInt64(run), swaps: draws, value: shape.value) < 0.05
                    {
                        found += 1
                    }
                    continue
                }
                if GroupedStatistics.swapTest(one, two, seed: UInt64(run), swaps: draws, value: shape.value) < 0.05 { found += 1 }
            }
            #expect(Double(found) / Double(runs) < 0.07 + chance)
        }
    }

    private static func pairedQuestions(groups: Int, _ random: inout SeededRandom) -> (GroupedSample, GroupedSample) {
        var one: [(group: String, parts: [Double])] = [], two = one
        for group in 0..<groups {
            let ease = 1 / (1 + exp(-(1.1 + 1.3 * random.normal())))
            for _ in 0..<random.whole(1...8) {
                one.append((String(group), [random.unit() < ease ? 1 : 0, 1]))
                two.append((String(group), [random.unit() < ease ? 1 : 0, 1]))
            }
        }
        return (GroupedSample(width: 2, items: one), GroupedSample(width: 2, items: two))
    }
}

/// Exact properties of the grouped statistics.
struct GroupedStatisticsTests {
    @Test func singleItemsAreTodaysStatistics() throws {
        let first = [true, true, false, true, false, true, true], second = [false, true, false, false, false, true, false]
        func sample(_ answers: [Bool]) -> GroupedSample {
            GroupedSample(width: 2, items: answers.enumerated().map { (group: String($0), parts: [$1 ? 1.0 : 0, 1]) })
        }
        let p = GroupedStatistics.swapTest(sample(first), sample(second)) { $0[0] / $0[1] }
        #expect(p == McNemar(onlyFirst: 3, onlySecond: 0).pValue)
        #expect(GroupedStatistics.share(sample(first)) == Proportion(5, of: 7).wilson())
        #expect(GroupedStatistics.effectiveCount(sample(first)) == 7)
    }

    @Test func nothingToDraw() throws {
        let alike = GroupedSample(width: 2, items: (0..<20).map { (group: String($0), parts: [0.0, 10]) })
        #expect(GroupedStatistics.drawn(alike) { $0[0] / $0[1] } == nil)
        let bounded = try #require(GroupedStatistics.paired(alike, alike, range: 0...1) { $0[0] / $0[1] })
        let hidden = try #require(Proportion(0, of: 20).clopperPearson()).high
        #expect(bounded.interval == Interval(-hidden, hidden) && bounded.pValue == 1)
        let unbounded = try #require(GroupedStatistics.paired(alike, alike) { $0[0] / $0[1] })
        #expect(unbounded.interval == nil && unbounded.detectable == nil)
        #expect(GroupedStatistics.drawn(GroupedSample(width: 1, items: [(group: String, parts: [Double])]())) { $0.first } == nil)
        #expect(GroupedStatistics.share(GroupedSample(width: 2, items: [(group: String, parts: [Double])]())) == nil)
    }

    /// Bundling many groups keeps sums and, nearly, the width of intervals.
    @Test func manyGroupsAreBundled() throws {
        var random = SeededRandom(seed: 3)
        let items = (0..<20_000).map { (group: String($0), parts: [random.unit() < 0.3 ? 1.0 : 0, 1]) }
        let sample = GroupedSample(width: 2, items: items)
        let drawn = try #require(GroupedStatistics.drawn(sample) { $0[0] / $0[1] })
        let wilson = try #require(GroupedStatistics.share(sample))
        #expect(abs(drawn.halfWidth / wilson.halfWidth - 1) < 0.1)
    }

    @Test(arguments: [(2, 12.706204736432095), (10, 2.2621571627409915), (100, 1.9842169515086827)])
    func studentQuantiles(_ units: Int, _ t: Double) {
        #expect(isNear(StudentT.quantile(0.975, degrees: Double(units - 1)), t))
        #expect(GroupedStatistics.expandedTail(units: units) < 0.025)
    }

    @Test func itemsNeeded() throws {
        let needed = try #require(Detectable.itemsNeeded(difference: 0.1, disagreement: 0.3))
        #expect(try #require(Detectable.paired(n: needed, disagreement: 0.3)) <= 0.1 + 1e-5)
        #expect(try #require(Detectable.paired(n: needed - 20, disagreement: 0.3)) > 0.1)
        #expect(Detectable.itemsNeeded(difference: 0, disagreement: 0.3) == nil)
    }
}
