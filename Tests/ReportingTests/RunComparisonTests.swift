// Comparisons of two runs.

import Basics
import Foundation
import Reporting
import Statistics
import TaskKit
import Tasks
import Testing

struct RunComparisonTests {
    /// A run, and a later one with more epochs and a better fine-tune.
    private static func runs() -> [ExperimentResults] {
        var sample = Sample(labels: Sample.shapes, perLabel: 10)
        let first = sample.results()
        var last = first
        last.run = "20251124-090000-77aa"
        last.specText = first.specText.replacing("epochs: 8", with: "epochs: 12")
        last.variants[0].evaluations[0].models[1].answers = sample.answers(accuracy: 0.99)
        last.variants[0].evaluations[0].models[1].resultCost = Money(dollars: 0.2)
        last.variants[0].evaluations[1].models.removeLast()
        return [first, last]
    }

    @Test func reportsChanges() throws {
        let comparison = RunComparison(RunComparisonTests.runs(), tasks: .standard)
        #expect(comparison.specChanges.map(\.isAdded) == [false, true])
        #expect(comparison.specChanges.allSatisfy { $0.text.contains("epochs:") && $0.line == 10 })
        #expect(comparison.specChanges.allSatisfy { $0.place == "models.cnn" })
        let changed = comparison.numberChanges.filter { !$0.isSame }
        #expect(changed.map(\.model) == ["tuned"])
        #expect(try #require(changed[0].accuracy).isPaired && comparison.numberChanges.count == 5)
        #expect(comparison.onlyFirst == ["default, latency, cnn"] && comparison.onlyLast.isEmpty)
    }

    /// Its accuracy is that of the other evaluation, and testing it twice would weaken both tests.
    @Test func latencyRowReportsOnlyLatency() throws {
        var runs = RunComparisonTests.runs()
        var sample = Sample(labels: Sample.shapes, perLabel: 10, seed: 5)
        runs[1].variants[0].evaluations[1].models[1].answers = sample.answers(accuracy: 0.99, latency: (190, 20))
        let comparison = RunComparison(runs, tasks: .standard)
        let row = try #require(comparison.numberChanges.first { $0.evaluation == "latency" && !$0.isSame })
        #expect(row.isTiming && row.accuracy == nil && row.accuracyP == nil && row.latency != nil)
        let accuracy = try #require(comparison.numberChanges.first { $0.accuracy != nil })
        #expect(accuracy.accuracyP == accuracy.accuracy?.pValue, "one test, nothing to adjust")
        let text = comparison.terminal(TerminalStyle(colors: false, unicode: true))
        #expect(text.contains("default, latency, tuned: latency +"))
    }

    @Test func outputs() throws {
        let comparison = RunComparison(RunComparisonTests.runs(), tasks: .standard)
        try expectGolden(comparison.terminal(TerminalStyle(colors: false, unicode: true)), "compare.txt")
        try expectGolden(comparison.markdown(), "compare.md")
        try expectGolden(comparison.csv(), "compare.csv")
        try expectGolden(comparison.document().pretty + "\n", "compare.json")
    }

    @Test func equalRunsDifferByNothing() throws {
        let run = RunComparisonTests.runs()[0]
        let comparison = RunComparison([run, run], tasks: .standard)
        #expect(comparison.specChanges.isEmpty)
        #expect(!comparison.numberChanges.contains { !$0.isSame })
        #expect(comparison.terminal(TerminalStyle(colors: false, unicode: true)).contains("(every run)"))
    }

    @Test func valueSetOnTheCommandLineIsReported() throws {
        var sample = Sample(labels: Sample.shapes)
        let first = sample.results()
        var last = first
        last.run = "20251124-090000-77aa"
        last.variants[0].name = "n_epochs=3"
        last.variants[0].changes = ["models.tuned.fine_tune.hyperparameters.n_epochs": "3"]
        let comparison = RunComparison([first, last], tasks: .standard)
        #expect(comparison.specChanges.map(\.text) == ["models.tuned.fine_tune.hyperparameters.n_epochs: 3"])
        #expect(comparison.onlyFirst.isEmpty && comparison.onlyLast.isEmpty && comparison.numberChanges.count == 6)
    }

    @Test func aVariantThatOnlyOneRunHasIsNamedOnce() {
        var sample = Sample(labels: Sample.shapes)
        let first = sample.results()
        var last = first, more = first.variants[0]
        more.name = "one-epoch"
        last.variants.append(more)
        #expect(RunComparison([first, last], tasks: .standard).onlyLast == ["variant one-epoch"])
    }

    @Test func pointsOfASweepAreNamedByWhatTheyShare() throws {
        let results = Sample.sweep()
        let rows = RunComparison([results], tasks: .standard).terminal(TerminalStyle(colors: false, unicode: true))
        for name in [
            "base (every variant)", "tuned (learning_rate_multiplier=1)", "tuned (learning_rate_multiplier=2)",
            "cnn (random_number_seed=7)", "cnn (random_number_seed=8)",
        ] {
            #expect(rows.contains(name))
        }
        let report = ExperimentReport(results, tasks: .standard), page = try report.page()
        let ranks = report.analysis.variants.map { $0.accuracy?.model("tuned")?.score.accuracy ?? 0 }
        #expect(report.analysis.main?.accuracy?.model("tuned")?.score.accuracy == ranks.max(), "the leader is reported of")
        #expect(page.contains("<figure id=\"sweep-tuned\"") && page.contains("<figure id=\"sweep-cnn\""))
        #expect(page.components(separatedBy: "tuned: loss while training</h3>").count == 2, "points share a training")
    }

    @Test func aSingleRunIsRanked() throws {
        let text = RunComparison([RunComparisonTests.runs()[0]], tasks: .standard).csv()
        let rows = text.split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        #expect(rows.count == 4 && rows[1][1] == "tuned" && rows[1].last == "true")
    }
}
