// The claims of the published experiment, checked against its published answers.

import Basics
import Foundation
import Planning
import ProviderKit
import Providers
import Reporting
import Specification
import Statistics
import TaskKit
import Tasks
import Testing

/// The published experiment's own measurements compared with its article's numbers: every claim must be reproduced, and
/// the CNN, which was tested on other images, must not be paired.
@Suite(.enabled(if: hasPublished, "needs ../shared/published"))
struct PublishedClaimsTests {
    static let n = 600

    /// The claims of `experiments/stanford-dogs.yaml`, as a run would read them.
    static func claims() throws -> [Claim] {
        let names = [
            "AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_API_KEY", "AZURE_SUBSCRIPTION_ID", "AZURE_RESOURCE_GROUP",
            "AZURE_ACCOUNT",
        ]
        let environment = Environment(
            Dictionary(
                uniqueKeysWithValues: names.map { ($0, $0 == "AZURE_OPENAI_ENDPOINT" ? "https://example.test" : "example") }))
        let loader = SpecLoader(environment: environment, today: "2025-09-15", providers: builtInProviders.keys) { path in
            try [UInt8](Data(contentsOf: URL(filePath: path)))
        }
        let path = packageRoot.appending(path: "experiments/stanford-dogs.yaml").path(percentEncoded: false)
        return try loader.load(path).spec.claims.map { spec in
            let subject: Claim.Subject =
                switch (spec.subject, spec.check) {
                case (.stated(let text), _): .stated(text)
                case (.metric(let path), .within(.sampling)): .metric(path, .sampling)
                case (.metric(let path), .within(.relative(let share))): .metric(path, .relative(share))
                case (.metric(let path), .within(.absolute(let slack))): .metric(path, .absolute(slack))
                case (.metric(let path), .atMost(let bound)): .metric(path, .atMost(bound))
                case (.metric(let path), let check): throw Unexpected(text: "\(path): \(String(describing: check))")
                }
            return Claim(subject, published: spec.published, n: spec.n, source: spec.source)
        }
    }

    struct Unexpected: Error { let text: String }

    /// Every number of the article, with the words under which a reader finds it in the report.
    @Test func everyNumberOfTheArticleIsClaimed() throws {
        let claims = try PublishedClaimsTests.claims()
        let results = try PublishedClaimsTests.results()
        let verdicts = try #require(ExperimentReport(results, tasks: .standard).verdicts.first)
        let page = try ExperimentReport(results, tasks: .standard).page()
        for (words, published) in [
            ("accuracy of base", "73.67% (n = 600)"), ("accuracy of tuned", "82.67% (n = 600)"),
            ("accuracy of cnn", "61.67% (n = 600)"), ("accuracy, tuned versus base", "+9 points (n = 600)"),
            ("accuracy, cnn versus base", "−12 points (n = 600)"), ("mean latency of base", "1665 ms (n = 600)"),
            ("mean latency of tuned", "1506 ms (n = 600)"), ("mean latency, tuned versus base", "−9.6% (n = 600)"),
            ("cost of training tuned", "$152"), ("time of training cnn", "at most 30 min"),
            ("inference of the tuned model costs 10% more than the base model&#39;s", "0.1"),
            ("the 600 requests in a batch cost about $0.", "0.59"), ("a batch costs half of what single requests cost", "0.5"),
        ] {
            #expect(page.contains(words) || page.contains(words.replacing("&#39;", with: "'")), "\(words)")
            #expect(page.contains(">\(published)<"), "\(published)")
        }
        #expect(claims.count == 13 && verdicts.count == 13)
        #expect(claims.allSatisfy { $0.source != nil }, "each says where it stands")
    }

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
                claims: try claims())
        ]
        return results
    }

    @Test func theArticleReproducesItself() throws {
        let report = ExperimentReport(try PublishedClaimsTests.results(), tasks: .standard)
        let verdicts = try #require(report.verdicts.first)
        for verdict in verdicts.prefix(10) {
            #expect(verdict.verdict == .reproduced, "\(verdict.claim.subject): \(verdict.reason)")
        }
        #expect(verdicts.suffix(3).allSatisfy { $0.verdict == .stated })
        #expect(verdicts[9].claim.published == nil, "a bound has no published number")
    }

    @Test func whatTheArticleComparesUnpairedIsCalledThat() throws {
        let text = ExperimentReport(try PublishedClaimsTests.results(), tasks: .standard)
            .terminal(TerminalStyle(colors: false, unicode: true))
        #expect(text.contains("cnn − base: −12.0 points") && text.contains("not paired (different images)"))
        // The published fine-tuned model gave only empty answers for one breed.
        #expect(text.contains("every answer empty for") && text.contains("Black-And-Tan Coonhound"))
    }

    @Test func theHeadlineIsTheArticles() throws {
        let text = ExperimentReport(try PublishedClaimsTests.results(), tasks: .standard).markdown()
        let headline = try #require(text.split(separator: "\n").dropFirst().first)
        #expect(headline.hasPrefix("**Fine-tuning raised accuracy by 9.0 points ["))
        #expect(headline.hasSuffix("p < 0.001, for $154.44 and $1.70 an hour.**"))
    }
}
