// Claims: tolerances, verdicts and their rounding.

import Basics
import Reporting
import Statistics
import TaskKit
import Tasks
import Testing

struct ClaimTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let id: String
        /// Right answers of the base model and of the tuned one, out of n.
        var base = 442, tuned = 496, n = 600
        let metric: String
        let within: Claim.Tolerance
        let published: Double
        var publishedN: Int?
        let verdict: ClaimVerdict.Verdict
        var reason: ClaimVerdict.Reason?
        var testDescription: String { id }
    }

    static let baseAccuracy = "evaluations.accuracy.base.accuracy"
    static let difference = "comparisons.accuracy.accuracy.tuned.base.difference"

    @Test(arguments: [
        Case(
            id: "the same", metric: baseAccuracy, within: .sampling, published: 0.7367, publishedN: 600,
            verdict: .reproduced),
        Case(
            id: "near enough for 600", base: 420, metric: baseAccuracy, within: .sampling, published: 0.7367,
            publishedN: 600, verdict: .reproduced),
        Case(
            id: "too far for 600", base: 400, metric: baseAccuracy, within: .sampling, published: 0.7367,
            publishedN: 600, verdict: .notReproduced, reason: .outside),
        Case(
            id: "a tenth of the images", base: 44, tuned: 50, n: 60, metric: baseAccuracy, within: .sampling,
            published: 0.7367, publishedN: 600, verdict: .cannotTell, reason: .coarse(needed: 146)),
        Case(
            id: "few images, but far", base: 10, tuned: 50, n: 60, metric: baseAccuracy, within: .sampling,
            published: 0.7367, publishedN: 600, verdict: .notReproduced),
        Case(
            id: "taken as exact", base: 420, metric: baseAccuracy, within: .sampling, published: 0.7367,
            verdict: .notReproduced),
        Case(
            id: "two images", base: 1, tuned: 1, n: 2, metric: baseAccuracy, within: .sampling, published: 0.6,
            verdict: .cannotTell),
        Case(id: "difference", metric: difference, within: .sampling, published: 0.09, verdict: .reproduced),
        Case(
            id: "difference elsewhere", metric: difference, within: .sampling, published: 0.2,
            verdict: .notReproduced),
        Case(
            id: "no difference among nine", base: 5, tuned: 5, n: 9, metric: difference, within: .sampling,
            published: 0.09, verdict: .cannotTell),
        Case(
            id: "one image", base: 1, tuned: 1, n: 1, metric: baseAccuracy, within: .sampling, published: 0.7367,
            publishedN: 600, verdict: .cannotTell, reason: .coarse(needed: 32)),
        Case(
            id: "all right", base: 600, tuned: 600, metric: baseAccuracy, within: .sampling, published: 1,
            publishedN: 600, verdict: .reproduced),
        Case(
            id: "all wrong", base: 0, tuned: 0, metric: baseAccuracy, within: .sampling, published: 0,
            publishedN: 600, verdict: .reproduced),
        Case(
            id: "difference that may be none", base: 7, tuned: 8, n: 10, metric: difference, within: .sampling,
            published: 0.09, verdict: .cannotTell),
        // Was called reproduced, as the interval was narrower than the difference, though it holds 0 too.
        Case(
            id: "difference whose interval touches none", base: 44, tuned: 46, n: 60, metric: difference,
            within: .sampling, published: 0.05, verdict: .cannotTell),
        Case(
            id: "wide tolerance", metric: baseAccuracy, within: .absolute(0.05), published: 0.7367,
            verdict: .reproduced),
        Case(
            id: "share", metric: baseAccuracy, within: .relative(0.1), published: 0.7367,
            verdict: .reproduced),
        Case(
            id: "narrow tolerance", metric: baseAccuracy, within: .absolute(0.02), published: 0.7367,
            verdict: .cannotTell),
        Case(
            id: "outside tolerance", metric: baseAccuracy, within: .absolute(0.02), published: 0.6,
            verdict: .notReproduced),
        Case(
            id: "at most", metric: "training.tuned.seconds", within: .atMost(60), published: 60,
            verdict: .reproduced),
        Case(
            id: "not at most", metric: "training.tuned.seconds", within: .atMost(30), published: 30,
            verdict: .notReproduced),
        Case(
            id: "at least", metric: baseAccuracy, within: .atLeast(0.6), published: 0.6,
            verdict: .reproduced),
        Case(
            id: "not at least", metric: baseAccuracy, within: .atLeast(0.8), published: 0.8,
            verdict: .notReproduced),
        Case(
            id: "at least, perhaps", metric: baseAccuracy, within: .atLeast(0.73), published: 0.73,
            verdict: .cannotTell),
        Case(
            id: "exact on the edge", metric: "training.tuned.cost_usd", within: .relative(0.05),
            published: 160, verdict: .reproduced),
        Case(
            id: "cost far off", metric: "training.tuned.cost_usd", within: .relative(0.05), published: 170,
            verdict: .notReproduced),
        Case(
            id: "cost by sampling", metric: "training.tuned.cost_usd", within: .sampling, published: 152,
            verdict: .cannotTell, reason: .noSamplingError),
        Case(
            id: "no such metric", metric: "evaluations.accuracy.cnn.accuracy", within: .sampling, published: 0.6,
            verdict: .cannotTell, reason: .notMeasured),
        Case(
            id: "no repeats", metric: baseAccuracy, within: .noise, published: 0.7367, verdict: .cannotTell,
            reason: .noRepeats),
        Case(
            id: "an epoch", metric: "training.tuned.epochs.1.train_loss", within: .absolute(0.01),
            published: 0.5, verdict: .reproduced),
        // Until their intervals were drawn, such numbers were judged as if they were exact.
        Case(
            id: "balanced accuracy, too few images", base: 44, tuned: 50, n: 60,
            metric: "evaluations.accuracy.base.balanced_accuracy", within: .absolute(0.02), published: 44.0 / 60,
            verdict: .cannotTell),
        Case(
            id: "macro F1", metric: "evaluations.accuracy.tuned.macro_f1", within: .sampling, published: 0.45,
            publishedN: 600, verdict: .reproduced),
        Case(
            id: "macro F1 elsewhere", metric: "evaluations.accuracy.tuned.macro_f1", within: .sampling, published: 0.8,
            publishedN: 600, verdict: .notReproduced),
        Case(
            id: "accuracy after normalization, too few images", base: 6, tuned: 6, n: 6,
            metric: "evaluations.accuracy.base.accuracy_normalized", within: .atLeast(0.9), published: 0.9, verdict: .cannotTell),
        Case(
            id: "accuracy after normalization", metric: "evaluations.accuracy.base.accuracy_normalized", within: .sampling,
            published: 0.7367, publishedN: 600, verdict: .reproduced),
        Case(
            id: "weighted recall", metric: "evaluations.accuracy.tuned.weighted_recall", within: .absolute(0.04),
            published: 496.0 / 600, verdict: .reproduced),
    ])
    func verdicts(test: Case) throws {
        let claim = Claim(.metric(test.metric, test.within), published: test.published, n: test.publishedN)
        let verdict = try #require(ClaimTests.report(test, claim).verdicts[0].first)
        #expect(verdict.verdict == test.verdict)
        if let reason = test.reason { #expect(verdict.reason == reason) }
    }

    @Test(arguments: [
        ("sampling", Claim.Tolerance.sampling), ("noise", .noise), ("5%", .relative(0.05)), ("20%", .relative(0.2)),
        ("0.02", .absolute(0.02)), ("3", .absolute(3)),
    ])
    func tolerancesAreRead(text: String, tolerance: Claim.Tolerance) {
        #expect(Claim.Tolerance(within: text) == tolerance)
    }

    @Test(arguments: ["", "%", "-1", "about 5", "nan", "inf%"])
    func othersAreNot(text: String) { #expect(Claim.Tolerance(within: text) == nil) }

    @Test func noiseComesFromTheRepeats() throws {
        let test = Case(id: "", metric: ClaimTests.baseAccuracy, within: .noise, published: 0.74, verdict: .reproduced)
        var results = ClaimTests.results(test, Claim(.metric(test.metric, .noise), published: 0.74))
        results.variants[0].evaluations[0].models[0].repeats = [436, 442, 448].map { ClaimTests.answers($0, of: 600) }
        #expect(ExperimentReport(results, tasks: .standard).verdicts[0][0].verdict == .reproduced)
        // 436, 442 and 448 of 600: a mean of 0.7367, a standard deviation of 0.01 and a limit of 2.8 times that.
        let verdict = ExperimentReport(results, tasks: .standard).verdicts[0][0]
        #expect(verdict.repeats == 3 && abs((verdict.measured ?? 0) - 442.0 / 600) < 1e-12)
        #expect(abs((verdict.interval?.halfWidth ?? 0) - 0.028) < 1e-12)
        results.variants[0].claims[0].published = 0.8
        #expect(ExperimentReport(results, tasks: .standard).verdicts[0][0].verdict == .notReproduced)
        #expect(ExperimentReport(results, tasks: .standard).hasFailedClaim)
    }

    @Test(arguments: [(0.01, ClaimVerdict.Verdict.cannotTell), (0.2, .reproduced)])
    func aPercentileOfLatencyHasAnInterval(share: Double, verdict: ClaimVerdict.Verdict) throws {
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        let latencies = results.variants[0].evaluations[1].models[0].latencies
        let p95 = try #require(latencies.percentile(95))
        results.variants[0].claims = [Claim(.metric("evaluations.latency.base.latency_ms.p95", .relative(share)), published: p95)]
        let judged = ExperimentReport(results, tasks: .standard).verdicts[0][0]
        #expect(judged.verdict == verdict && judged.n == latencies.count)
        #expect(try #require(judged.interval).contains(p95))
    }

    struct ItemCase: Sendable, CustomTestStringConvertible {
        let id: String
        var groups = 20, perGroup = 1, rightGroups = 20
        let metric: String
        let within: Claim.Tolerance
        var published: Double?
        let verdict: ClaimVerdict.Verdict
        var reason: ClaimVerdict.Reason?
        var testDescription: String { id }
    }

    /// Numbers without an interval were judged as exact, and items of one group as independent.
    @Test(arguments: [
        ItemCase(id: "no error in 20 counts", metric: "mae", within: .atMost(0.5), verdict: .cannotTell, reason: .noInterval),
        ItemCase(id: "its bias", metric: "bias", within: .absolute(0.1), published: 0, verdict: .cannotTell, reason: .noInterval),
        ItemCase(id: "by sampling", metric: "mae", within: .sampling, published: 0.5, verdict: .cannotTell, reason: .noInterval),
        ItemCase(id: "errors that vary", rightGroups: 10, metric: "mae", within: .atMost(1), verdict: .reproduced),
        ItemCase(
            id: "20 groups of 30 equal items", perGroup: 30, rightGroups: 14, metric: "exact", within: .sampling, published: 0.78,
            verdict: .cannotTell),
        ItemCase(
            id: "as many independent items", groups: 600, rightGroups: 420, metric: "exact", within: .sampling, published: 0.78,
            verdict: .notReproduced),
    ])
    func verdictsOfItems(test: ItemCase) throws {
        let path = "evaluations.counting.base.\(test.metric)"
        var sample = Sample(labels: ["A", "B"])
        var results = sample.results()
        results.task = TaskChoice("count")
        let answers = (0..<(test.groups * test.perGroup)).map { at in
            let group = at / test.perGroup
            let error = group < test.rightGroups ? 0.0 : 1
            var answer = ScoredAnswer(
                example: "\(at)", label: "7", answer: "x", matched: "x", outcome: error == 0 ? .correct : .wrong)
            answer.item = AnsweredItem(
                group: "\(group)", image: "\(at).png",
                score: ItemScore(["error": error, "signed": error, "right": 1 - error, "within": 1 - error]))
            return answer
        }
        results.variants[0].evaluations = [
            EvaluationResults(
                name: "counting", measuresLatency: false,
                models: [ModelResult(model: "base", split: "s.test", mode: "predict", answers: answers)])
        ]
        results.variants[0].claims = [Claim(.metric(path, test.within), published: test.published, n: 600)]
        let verdict = try #require(ExperimentReport(results, tasks: .standard).verdicts[0].first)
        #expect(verdict.verdict == test.verdict)
        if let reason = test.reason { #expect(verdict.reason == reason) }
    }

    @Test(arguments: [
        ("evaluations.latency.base.latency_ms.mean", ClaimVerdict.Reason.noInterval),
        ("evaluations.latency.base.latency_ms.p95", .noInterval),
    ])
    func oneLatencyDecidesNothing(path: String, reason: ClaimVerdict.Reason) throws {
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        results.variants[0].evaluations[1].models[0].answers.removeSubrange(1...)
        results.variants[0].claims = [Claim(.metric(path, .atMost(1e9)), published: nil)]
        #expect(ExperimentReport(results, tasks: .standard).verdicts[0].first?.reason == reason)
    }

    @Test func allRightInFiveImagesConfirmsNoMean() throws {
        let test = Case(
            id: "", base: 5, tuned: 5, n: 5, metric: "evaluations.accuracy.base.weighted_recall", within: .atLeast(0.99),
            published: 1,
            verdict: .cannotTell)
        let claim = Claim(.metric(test.metric, test.within), published: nil)
        #expect(ClaimTests.report(test, claim).verdicts[0].first?.verdict == .cannotTell)
    }

    @Test func namesMayContainDots() throws {
        let test = Case(
            id: "", metric: "evaluations.accuracy.gpt-4.1.n",
            within: .absolute(0), published: 600, verdict: .reproduced)
        var results = ClaimTests.results(test, Claim(.metric(test.metric, test.within), published: 600))
        results.variants[0].evaluations[0].models[0].model = "gpt-4.1"
        #expect(ExperimentReport(results, tasks: .standard).verdicts[0][0].verdict == .reproduced)
    }

    static func answers(_ right: Int, of n: Int) -> [ScoredAnswer] {
        // The first model's right answers are the second's too, as far as they go.
        (0..<n).map { at in
            ScoredAnswer(
                example: "\(at)", label: "A", answer: at < right ? "A" : "B", matched: at < right ? "A" : "B",
                outcome: at < right ? .correct : .wrong)
        }
    }

    static func results(_ test: Case, _ claim: Claim) -> ExperimentResults {
        var sample = Sample(labels: ["A", "B"])
        var results = sample.results()
        results.variants = [
            VariantResults(
                baseline: "base",
                evaluations: [
                    EvaluationResults(
                        name: "accuracy", measuresLatency: false,
                        models: [("base", test.base), ("tuned", test.tuned)].map { name, right in
                            ModelResult(
                                model: name, split: "s.test", mode: "predict", answers: answers(right, of: test.n))
                        })
                ],
                trainings: [
                    TrainingHistory(
                        model: "tuned", kind: .fineTune,
                        epochs: [.init(epoch: 1, trainLoss: 1), .init(epoch: 2, trainLoss: 0.5)],
                        cost: Money(dollars: 152), seconds: 41)
                ],
                claims: [claim])
        ]
        return results
    }

    static func report(_ test: Case, _ claim: Claim) -> ExperimentReport {
        ExperimentReport(results(test, claim), tasks: .standard)
    }
}
