// The text, Markdown, JSON and CSV forms of a report, compared with golden files.

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

    @Test func predictionsHaveOneLinePerAnswer() throws {
        let text = report.predictions()
        try expectGolden(text, "predictions.csv")
        let lines = text.split(separator: "\n")
        #expect(lines.first == "variant,evaluation,example,split,label,model,answer,matched,correct,latency_ms")
        #expect(lines.count == 1 + 6 * 60)
    }

    /// The table had accuracy columns only: of a task without labels it stated no answers and no metric.
    @Test func tableHasTheMetricsOfItsTask() throws {
        let classified = report.table().split(separator: "\n")
        #expect(
            classified.first?.hasPrefix(
                "variant,evaluation,model,split,n,accuracy,accuracy_low,accuracy_high,latency_ms_mean,latency_ms_p50,latency_ms_p95,cost_usd,"
            ) == true)
        #expect(classified.first?.contains(",macro_f1") == true && classified.count == 1 + 6)
        #expect(classified.contains { $0.hasPrefix("default,accuracy,base,main.test,60,0.6,") && $0.contains(",0.045,") })

        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        results.task = TaskChoice("count")
        results.variants[0].evaluations = [
            EvaluationResults(
                name: "counting", measuresLatency: false,
                models: [
                    ModelResult(
                        model: "base", split: "main.test", mode: "batch json",
                        answers: [1.0, 3, 5].enumerated().map { at, error in
                            var answer = ScoredAnswer(
                                example: "\(at)", label: "7", answer: "x", matched: "x", outcome: .wrong,
                                latencyMilliseconds: nil)
                            answer.item = AnsweredItem(
                                group: "\(at)", image: "\(at).png",
                                score: ItemScore(["error": error, "right": 0, "within": error < 2 ? 1 : 0]))
                            return answer
                        }, resultCost: Money(dollars: 0.25))
                ])
        ]
        results.variants[0].claims = []
        let lines = ExperimentReport(results, tasks: .standard).table().split(separator: "\n")
        let cells = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        #expect(cells.count == 2 && cells.allSatisfy { $0.count == cells[0].count })
        let row = Dictionary(uniqueKeysWithValues: zip(cells[0], try #require(cells.last)))
        #expect(row["n"] == "3" && row["mae"] == "3.0" && row["cost_usd"] == "0.25" && row["accuracy"] == nil)
        #expect(Double(row["mae_low"] ?? "") != nil && Double(row["within"] ?? "") != nil && row["latency_ms_mean"] == "")
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

    /// Guards against durations that were cut to whole seconds once a run was stored.
    @Test func durationsSurviveStorage() throws {
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        results.finishedAt = results.startedAt.addingTimeInterval(0.07)
        let stored = try ExperimentResults(encoded: try results.encoded())
        #expect(ExperimentReport(stored, tasks: .standard).status.hasPrefix("done in 0.07 s"))
        // Guards against times that lost a millisecond each time they were read and written, so that no export was complete.
        var bare = results
        (bare.variants, bare.steps) = ([], [])
        for step in 0..<100 {
            bare.finishedAt = bare.startedAt.addingTimeInterval(Double(step) * 0.6180339887)
            let written = try bare.encoded()
            #expect(try ExperimentResults(encoded: written).encoded() == written, "\(bare.finishedAt.timeIntervalSince1970)")
        }
        // As earlier versions wrote it.
        let whole = String(decoding: try results.encoded(), as: UTF8.self).replacing(/\.\d{3}Z"/, with: "Z\"")
        let old = try ExperimentResults(encoded: Data(whole.utf8))
        #expect(ExperimentReport(old, tasks: .standard).status.hasPrefix("done in 0.00 s"))
    }

    /// Guards against 29.2 above 1.40 and $0.01 above $0.001135.
    @Test func columnsHaveOnePrecision() throws {
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        let fast = sample.answers(accuracy: 0.6, latency: (0.84, 0.1))
        results.variants[0].evaluations[1].models[2].answers = fast
        results.variants[0].evaluations[0].models[0].resultCost = Money(dollars: 12.5)
        results.variants[0].evaluations[0].models[1].resultCost = Money(dollars: 0.001135)
        let report = ExperimentReport(results, tasks: .standard)
        let plain = report.terminal(TerminalStyle(colors: false, unicode: true))
        let rows = plain.split(separator: "\n").filter { $0.contains("%") && !$0.contains(" p ") }
            .filter { line in ["base ", "tuned ", "cnn "].contains { line.hasPrefix($0) } }
        #expect(rows.count == 3, "\(plain)")
        let times = rows.compactMap { $0.firstMatch(of: /\]\s+([\d.]+)\s+([\d.]+)\s+([\d.]+)/)?.output }
        #expect(times.count == 3 && times.allSatisfy { $0.1.split(separator: ".").last?.count == 2 }, "\(plain)")
        #expect(plain.contains("$12.5000") && plain.contains("$0.0011") && plain.contains("$0.0000"), "\(plain)")
    }

    /// Counts without answers, a screening, and names that are no markup, in every output.
    @Test func publishedCounts() throws {
        var sample = Sample(labels: Sample.shapes)
        var results = sample.results()
        results.published = [
            Publication(
                name: "charts",
                counts: [.init(model: "<b>base", right: 9, items: 10), .init(model: "tuned", right: 8, items: 10)],
                screening: nil, source: "a | page"),
            Publication(name: "images", counts: [], screening: .init(submitted: 48, accepted: 30), source: nil),
        ]
        let report = ExperimentReport(try ExperimentResults(encoded: try results.encoded()), tasks: .standard)
        let (page, plain) = (try report.page(), report.terminal(TerminalStyle(colors: false, unicode: true, width: 1000)))
        for text in [page, plain, report.markdown()] {
            #expect(text.contains("these 10 items cannot show that the models differ"))
            #expect(text.contains("18 of 48 training images (37.5%") && text.contains("9/10"))
        }
        #expect(page.contains("<section id=\"published\"") && !page.contains("<b>base"))
        #expect(report.markdown().contains("a \\| page"))
        let charts = report.metricsDocument()["published"]?["charts"]
        #expect(charts?["models"]?["tuned"]?["accuracy"]?.double == 0.8)
        #expect((charts?["comparisons"]?["accuracy"]?["tuned"]?["<b>base"]?["p_value"]?.array?.first?.double ?? 0) > 0.99)
        #expect(report.metricsDocument()["published"]?["images"]?["screening"]?["rejected"]?.int == 18)
        // Nothing is measured: the audit is the report.
        results.variants = []
        let alone = ExperimentReport(results, tasks: .standard)
        let alonePage = try alone.page()
        #expect(alone.markdown().contains("Published: charts") && alonePage.contains("id=\"published\""))
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
