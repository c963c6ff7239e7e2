import Basics
import Foundation
import Reporting
import Statistics
import Testing

/// The published experiment's own measurements, held against its article's numbers: every claim must come out, and the
/// CNN, which was tested on other images, must not be paired.
@Suite(.enabled(if: hasPublished, "needs ../shared/published"))
struct PublishedClaimsTests {
    static let n = 600

    static let claims: [Claim] = [
        Claim(.metric("evaluations.accuracy.base.accuracy", .sampling), published: 0.7367, n: n),
        Claim(.metric("evaluations.accuracy.tuned.accuracy", .sampling), published: 0.8267, n: n),
        Claim(.metric("evaluations.accuracy.cnn.accuracy", .sampling), published: 0.6167, n: n),
        Claim(.metric("comparisons.accuracy.accuracy.tuned.base.difference", .sampling), published: 0.09, n: n),
        Claim(.metric("comparisons.accuracy.accuracy.cnn.base.difference", .sampling), published: -0.12, n: n),
        Claim(.metric("evaluations.latency.base.latency_ms.mean", .relative(0.2)), published: 1665, n: n),
        Claim(.metric("evaluations.latency.tuned.latency_ms.mean", .relative(0.2)), published: 1506, n: n),
        Claim(.metric("comparisons.latency.latency_ms_mean.tuned.base.relative", .absolute(0.05)), published: -0.096),
        Claim(.metric("training.tuned.cost_usd", .relative(0.05)), published: 152),
        Claim(.metric("training.cnn.seconds", .atMost(1800)), published: nil),
        Claim(.stated("inference of the tuned model costs 10 % more than the base model's"), published: 0.1),
        Claim(.stated("a batch costs half of what single requests cost"), published: 0.5),
    ]

    /// Right and wrong answers as the printed report counts them, by the recall of each label's five images. Which of
    /// the five were right is not published: here the first ones.
    private static func answers(_ model: String, empty: String? = nil) throws -> [ScoredAnswer] {
        try rows(ofPublished: "classification_report.csv").filter { $0["model"] == model }.flatMap { row in
            let label = try #require(row["label"]), support = try #require(row["support"].flatMap(Double.init))
            let right = Int((try #require(row["recall"].flatMap(Double.init)) * support).rounded())
            return (0..<Int(support)).map { at in
                ScoredAnswer(
                    example: "\(label)/\(at)", label: label, answer: at < right ? label : "",
                    matched: at < right ? label : nil,
                    outcome: at < right ? .correct : label == empty ? .unanswered : .unmatched)
            }
        }
    }

    private static func timed(_ model: String) throws -> [ScoredAnswer] {
        try rows(ofPublished: "per_request_latencies.csv").filter { $0["model"] == model }.map { row in
            ScoredAnswer(
                example: try #require(row["id"]), label: try #require(row["breed"]), answer: nil, matched: nil,
                outcome: .unmatched, latencyMilliseconds: row["latency_ms"].flatMap(Double.init))
        }
    }

    /// Five images of each folder, of other numbers than the hosted models': the CNN's own split.
    private static func network() throws -> [ScoredAnswer] {
        try rows(ofPublished: "cnn_per_class_accuracy.csv").flatMap { row -> [ScoredAnswer] in
            let folder = try #require(row["breed"]), share = try #require(row["accuracy"].flatMap(Double.init))
            let right = Int((5 * share).rounded())
            return (0..<5).map { at in
                ScoredAnswer(
                    example: "shuffled/\(folder)/\(at)", label: folder, answer: nil, matched: at < right ? folder : nil,
                    outcome: at < right ? .correct : .wrong)
            }
        }
    }

    static func results() throws -> ExperimentResults {
        let context = ModelResult.LatencyContext(measuredAt: Date(timeIntervalSince1970: 1_758_000_000), machine: "theirs")
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results(emulated: false)
        results.labels = Set(try answers("base").map(\.label)).sorted()
        results.variants = [
            VariantResults(
                baseline: "base",
                evaluations: [
                    EvaluationResults(
                        name: "accuracy", measuresLatency: false,
                        models: [
                            ModelResult(model: "base", split: "by-name.test", mode: "batch", answers: try answers("base")),
                            ModelResult(
                                model: "tuned", split: "by-name.test", mode: "online",
                                answers: try answers("fine_tuned", empty: "Black-And-Tan Coonhound")),
                            ModelResult(model: "cnn", split: "shuffled.test", mode: "cnn", answers: try network()),
                        ]),
                    EvaluationResults(
                        name: "latency", measuresLatency: true,
                        models: [
                            ModelResult(
                                model: "base", split: "by-name.test", mode: "online", answers: try timed("base"),
                                latency: context),
                            ModelResult(
                                model: "tuned", split: "by-name.test", mode: "online", answers: try timed("fine_tuned"),
                                latency: context),
                        ]),
                ],
                trainings: [
                    TrainingHistory(
                        model: "tuned", kind: .fineTune, cost: Money(dollars: 154.44), hostingHourly: Money(dollars: 1.7)),
                    TrainingHistory(model: "cnn", kind: .epochs, seconds: 1500),
                ],
                claims: claims)
        ]
        return results
    }

    @Test func theArticleReproducesItself() throws {
        let report = ExperimentReport(try PublishedClaimsTests.results())
        let verdicts = try #require(report.verdicts.first)
        for verdict in verdicts.prefix(10) {
            #expect(verdict.verdict == .reproduced, "\(verdict.claim.subject): \(verdict.reason)")
        }
        #expect(verdicts.suffix(2).map(\.verdict) == [.stated, .stated])
        #expect(verdicts[9].claim.published == nil, "a bound has no published number")
    }

    @Test func whatTheArticleComparesUnpairedIsCalledThat() throws {
        let text = ExperimentReport(try PublishedClaimsTests.results())
            .terminal(TerminalStyle(colors: false, unicode: true))
        #expect(text.contains("cnn − base: −12.0 points") && text.contains("not paired (other images)"))
        // The published fine-tuned model gave only empty answers for one breed.
        #expect(text.contains("every answer empty for") && text.contains("Black-And-Tan Coonhound"))
    }

    @Test func theHeadlineIsTheArticles() throws {
        let text = ExperimentReport(try PublishedClaimsTests.results()).markdown()
        let headline = try #require(text.split(separator: "\n").dropFirst().first)
        #expect(headline.hasPrefix("**Fine-tuning raised accuracy by 9.0 points ["))
        #expect(headline.hasSuffix("p < 0.001, for $154.44 and $1.70 an hour.**"))
    }
}
