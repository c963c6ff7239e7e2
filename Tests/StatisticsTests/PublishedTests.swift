// Statistics of published answers, compared with their published values.

import Foundation
import Statistics
import Testing

@Suite(.enabled(if: hasPublished, "needs ../shared/published"))
struct PublishedTests {
    @Test(arguments: ["base", "fine_tuned"])
    func latencySummaryIsThePrintedOne(model: String) throws {
        let measured = try rows(ofPublished: "per_request_latencies.csv").filter { $0["model"] == model }
        let latencies = try measured.map { try #require(Double($0["latency_ms"] ?? "")) }
        let summary = try #require(LatencySummary(latencies))
        let printed = try #require(rows(ofPublished: "latency_summary.csv").first { $0["model"] == model })
        #expect(printed["total_requests"] == String(summary.n))
        for (column, value) in [
            ("mean_ms", summary.mean), ("median_ms", summary.p50), ("p50_ms", summary.p50), ("p90_ms", summary.p90),
            ("p95_ms", summary.p95), ("p99_ms", summary.p99), ("min_ms", summary.min), ("max_ms", summary.max),
            ("std_dev_ms", summary.std),
        ] {
            // The file drops trailing zeros: 1706.8.
            let digits = try #require(printed[column]).split(separator: ".").last?.count ?? 0
            #expect(String(format: "%.\(max(1, digits))f", value) == printed[column], "\(column)")
        }
    }

    @Test(arguments: [("base", "0.7367", 442), ("fine_tuned", "0.8267", 496)])
    func accuracyFollowsFromThePrintedReport(model: String, accuracy: String, correct: Int) throws {
        let report = try rows(ofPublished: "classification_report.csv")
        let names = Set(report.compactMap { $0["model"] })
        let name = try #require(names.first { $0 == model || $0.hasPrefix(String(model.prefix(4))) })
        var right = 0, support = 0
        for row in report where row["model"] == name {
            let examples = try #require(Int(row["support"] ?? "")), recall = try #require(Double(row["recall"] ?? ""))
            right += Int((recall * Double(examples)).rounded())
            support += examples
        }
        let share = Proportion(right, of: support)
        #expect(right == correct && support == 600)
        #expect(String(format: "%.4f", try #require(share.value)) == accuracy)
    }

    @Test func theTwoModelsDifferInLatency() throws {
        let measured = try rows(ofPublished: "per_request_latencies.csv")
        func answers(_ model: String) throws -> [ScoredAnswer] {
            try measured.filter { $0["model"] == model }.map {
                ScoredAnswer(
                    example: try #require($0["id"]), label: try #require($0["breed"]), answer: nil, matched: nil,
                    outcome: .unanswered, latencyMilliseconds: Double($0["latency_ms"] ?? ""))
            }
        }
        let comparison = try #require(Comparison.meanLatency(answers("fine_tuned"), answers("base")))
        #expect(comparison.isPaired && comparison.n == 600)
        #expect(abs(try #require(comparison.relative) + 0.0956) < 5e-4)
        #expect(comparison.interval.high < 0 && comparison.pValue < 1e-12)
    }
}
