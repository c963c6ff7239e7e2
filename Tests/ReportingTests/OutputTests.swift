import Basics
import Foundation
import Reporting
import Statistics
import TaskKit
import Tasks
import Testing

struct OutputTests {
    private let report: ExperimentReport

    init() {
        var sample = Sample(labels: Sample.shapes)
        report = ExperimentReport(sample.results(), tasks: .standard)
    }

    @Test func terminalTable() throws {
        let plain = report.terminal(TerminalStyle(colors: false, unicode: true))
        try expectGolden(plain, "terminal.txt")
        let ascii = report.terminal(TerminalStyle(colors: false, unicode: false))
        #expect(!ascii.unicodeScalars.contains { !$0.isASCII })
        let colored = TerminalText.filtered(report.terminal(TerminalStyle(colors: true, unicode: true)), colors: true)
        #expect(colored.contains("\u{1B}[1m"))
        #expect(colored.replacing(/\u{1B}\[\d+m/, with: "") == plain, "colour changes nothing else")
    }

    @Test func markdown() throws { try expectGolden(report.markdown(), "report.md") }

    @Test func metrics() throws { try expectGolden(report.metricsDocument().pretty + "\n", "metrics.json") }

    @Test func metricsHaveTheShapeThatScriptsRelyOn() throws {
        let variant = try #require(report.metricsDocument()["variants"]?["default"])
        let base = try #require(variant["evaluations"]?["latency"]?["base"])
        for key in [
            "n", "accuracy", "accuracy_interval", "unmatched", "unanswered", "missing", "latency_ms", "result_cost_usd",
        ] {
            #expect(base[key] != nil, "\(key)")
        }
        for key in ["mean", "p50", "p90", "p95", "p99", "min", "max", "std", "measured_at"] {
            #expect(base["latency_ms"]?[key] != nil, "\(key)")
        }
        #expect(variant["evaluations"]?["accuracy"]?["base"]?["latency_ms"]?.isNull == true)
        for metric in ["accuracy", "latency_ms_mean"] {
            let there = try #require(variant["comparisons"]?["latency"]?[metric]?["tuned"]?["base"])
            let back = try #require(variant["comparisons"]?["latency"]?[metric]?["base"]?["tuned"])
            for key in ["difference", "relative", "interval", "p_value", "paired"] { #expect(there[key] != nil) }
            let sum = try #require(there["difference"]?.double) + (try #require(back["difference"]?.double))
            #expect(abs(sum) < 1e-9)
        }
        let training = try #require(variant["training"]?["cnn"])
        #expect(training["epochs"]?.array?.count == 8 && training["seconds"]?.double == 113.6)
        let claims = try #require(variant["claims"]?.array)
        for claim in claims {
            for key in ["metric", "published", "measured", "verdict"] { #expect(claim[key] != nil, "\(key)") }
        }
    }

    @Test func predictionsAreOneLineAnAnswer() throws {
        let text = report.predictions()
        try expectGolden(text, "predictions.csv")
        let lines = text.split(separator: "\n")
        #expect(lines.first == "variant,evaluation,example,split,label,model,answer,matched,correct,latency_ms")
        #expect(lines.count == 1 + 6 * 60)
    }

    @Test func fieldsOfPredictionsAreQuoted() throws {
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        results.variants[0].evaluations[0].models[0].answers[0].answer = "a \"star\",\nperhaps"
        let lines = ExperimentReport(results, tasks: .standard).predictions()
        #expect(lines.contains(#","a ""star"",\#nperhaps","#))
    }

    @Test func resultsSurviveStorage() throws {
        var sample = Sample(labels: Sample.shapes)
        let results = sample.results()
        let again: ExperimentResults = try JSONValue(encoding: results).decoded()
        #expect(again == results)
    }

    @Test func emptyRunsSaySo() {
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        results.state = .failed
        results.variants[0].evaluations = []
        results.variants[0].trainings = []
        results.variants[0].failures = ["run-batch:accuracy:base: the provider answered 401"]
        let report = ExperimentReport(results, tasks: .standard)
        #expect(report.markdown().contains("No result: run-batch:accuracy:base: the provider answered 401"))
        #expect(report.verdicts[0].map(\.verdict) == Array(repeating: .cannotTell, count: 5) + [.stated])
    }
}
