// Simulated coverage of the intervals of metrics that are not ratios of sums: average precision, macro F1, PPI++.

import Basics
import Foundation
import Statistics
import TaskMetrics
import Testing

/// The short form runs always; ASSAY_COVERAGE=long runs 2,000 samples with 1,000 draws each.
private let isLong = ProcessInfo.processInfo.environment["ASSAY_COVERAGE"] == "long"
private let runs = isLong ? 2000 : 150
private let draws = isLong ? 1000 : 200
/// Three standard errors of a coverage of 95%: what chance alone may add to a bound.
private let chance = 3 * (0.95 * 0.05 / Double(runs)).squareRoot()

extension SeededRandom {
    fileprivate mutating func normal() -> Double {
        (-2 * log(1 - unit())).squareRoot() * cos(2 * .pi * unit())
    }
}

struct MetricCoverageTests {
    /// The share of samples with an interval that contains the value of a large sample.
    private static func coverage<Group>(
        groups: Int, seed: UInt64, truthGroups: Int = 20_000, draw: (inout SeededRandom) -> Group,
        value: ([Group]) -> Double?, interval: ([Group], UInt64) -> Interval?
    ) -> Double {
        var random = SeededRandom(seed: seed)
        let truth = value((0..<truthGroups).map { _ in draw(&random) }) ?? .nan
        var covered = 0
        for run in 0..<runs {
            let sample = (0..<groups).map { _ in draw(&random) }
            if interval(sample, UInt64(run))?.contains(truth) == true { covered += 1 }
        }
        return Double(covered) / Double(runs)
    }

    /// A picture with one to four boxes of two labels, most of them found, and some false ones with lower scores.
    private static func picture(_ random: inout SeededRandom) -> AveragePrecision.Picture {
        var picture = AveragePrecision.Picture(reference: [], answer: [])
        let ease = 1 / (1 + exp(-(1.2 + random.normal())))
        for index in 0..<Int.random(in: 1...4, using: &random) {
            let label = random.unit() < 0.6 ? "cup" : "dog"
            let box = Box(label: label, x: 100 * Double(index), y: 0, width: 50, height: 50)
            picture.reference.append(box)
            if random.unit() < ease {
                picture.answer.append(
                    Box(label: label, x: box.x + 4, y: 3, width: 50, height: 50, score: 0.3 + 0.7 * random.unit()))
            }
            if random.unit() < 0.25 {
                picture.answer.append(Box(label: label, x: box.x, y: 200, width: 50, height: 50, score: 0.7 * random.unit()))
            }
        }
        return picture
    }

    /// The bounds of TASKS: 88.7% at 20 to 30 groups, 94% at 50 to 100; AP is a little too high in small samples.
    @Test(arguments: isLong ? [(30, 0.87), (80, 0.91)] : [(60, 0.89)])
    func `average precision, by weights of pictures`(groups: Int, least: Double) {
        let covered = Self.coverage(
            groups: groups, seed: 31, truthGroups: 4000, draw: Self.picture,
            value: { AveragePrecision($0, thresholds: [0.5]).value() },
            interval: { sample, seed in
                let precision = AveragePrecision(sample, thresholds: [0.5])
                return GroupedStatistics.drawn(groups: sample.count, seed: seed, draws: draws) { precision.value(weights: $0) }
            })
        #expect(covered > least - chance && covered < 0.98 + chance, "\(groups) pictures: \(covered)")
    }

    /// Six tags; the last one is rare.
    private static func tags(_ random: inout SeededRandom) -> [Double] {
        let shares = [0.5, 0.4, 0.3, 0.2, 0.1, 0.03]
        return shares.flatMap { share -> [Double] in
            let isThere = random.unit() < share
            let isSaid = random.unit() < (isThere ? 0.8 : 0.06)
            return [isThere && isSaid ? 1 : 0, isThere ? 1 : 0, isSaid ? 1 : 0]
        }
    }

    /// A draw without references of a tag leaves the tag out; as 0 it would cover 56% to 92%.
    @Test(arguments: isLong ? [(50, 0.90), (200, 0.92), (600, 0.93)] : [(120, 0.91)])
    func `macro F1 with a rare tag`(groups: Int, least: Double) {
        func sum(_ sample: [[Double]]) -> [Double] {
            sample.reduce(into: [Double](repeating: 0, count: 18)) { sums, row in
                for at in row.indices { sums[at] += row[at] }
            }
        }
        let covered = Self.coverage(
            groups: groups, seed: 32, draw: Self.tags, value: { TagScores.macroF1(sum($0)) },
            interval: { sample, seed in
                let whole = sum(sample)
                return GroupedStatistics.drawn(
                    GroupedSample(width: 18, items: sample.enumerated().map { (group: String($0), parts: $1) }), seed: seed,
                    draws: draws
                ) { TagScores.macroF1($0, of: whole) }
            })
        #expect(covered > least - chance && covered < 0.98 + chance, "\(groups) images: \(covered)")
    }

    /// Verdicts of people on some answers and of a judge on all: sensitivity 0.92, specificity 0.80.
    private struct Judged {
        var person: Double
        var judge: Double
        init(_ random: inout SeededRandom) {
            person = random.unit() < 0.9 ? 1 : 0
            judge = random.unit() < (person == 1 ? 0.92 : 0.2) ? 1 : 0
        }
    }

    @Test(arguments: isLong ? [(50, 300), (100, 300), (100, 1000)] : [(100, 400)])
    func `PPI++ with labels on a random sample of the judged answers`(labelled: Int, all: Int) {
        func interval(_ sample: [Judged], _: UInt64) -> Interval? {
            CorrectedScore.predictionPowered(
                labels: sample.prefix(labelled).map(\.person), judgedOfLabelled: sample.prefix(labelled).map(\.judge),
                judgedOfRest: sample.dropFirst(labelled).map(\.judge))?.interval
        }
        let covered = Self.coverage(
            groups: all, seed: 33, draw: { Judged(&$0) }, value: { $0.map(\.person).mean }, interval: interval)
        #expect(covered > 0.91 - chance && covered < 0.98 + chance, "\(labelled) of \(all): \(covered)")
        // The uncorrected judge, with the interval of a share, has a coverage far below 95%.
        let naive = Self.coverage(
            groups: all, seed: 33, draw: { Judged(&$0) }, value: { $0.map(\.person).mean },
            interval: { sample, _ in Proportion(sample.count { $0.judge == 1 }, of: sample.count).wilson() })
        #expect(naive < 0.5, "\(naive)")
    }

    /// Labels on answers of another set, of which 60% are right, while 90% are right here.
    @Test(arguments: isLong ? [(100, 300), (200, 1000)] : [(120, 400)])
    func `Rogan and Gladen with labels from elsewhere`(labelled: Int, all: Int) {
        var elsewhere = SeededRandom(seed: 34)
        func interval(_ sample: [Judged], _: UInt64) -> Interval? {
            let people = (0..<labelled).map { _ in elsewhere.unit() < 0.6 }
            let judge = people.map { elsewhere.unit() < ($0 ? 0.92 : 0.2) }
            return CorrectedScore.roganGladen(
                judgedRight: sample.map(\.judge).reduce(0, +), of: Double(sample.count),
                calibration: JudgeAgreement(people: people, judge: judge))?.interval
        }
        let covered = Self.coverage(
            groups: all, seed: 34, draw: { Judged(&$0) }, value: { $0.map(\.person).mean }, interval: interval)
        #expect(covered > 0.93 - chance && covered < 0.99 + chance, "\(labelled) elsewhere, \(all): \(covered)")
    }
}
