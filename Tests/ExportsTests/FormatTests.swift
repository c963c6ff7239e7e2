// The documents of each format for a small run, also with hostile texts.

import Basics
import Foundation
import FoundationXML
import Reporting
import Testing

@testable import Exports

/// Counts elements and reports malformed XML.
private final class XMLCounter: NSObject, XMLParserDelegate {
    var counts: [String: Int] = [:]
    var names: [String] = []
    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        counts[name, default: 0] += 1
        if name == "testcase" { names.append(attributes["name"] ?? "") }
    }
}

@Suite struct FormatTests {
    static let hostile = "=cmd|' /C calc'!A0 \\end{tabular} | <script>alert(1)</script> \u{0} ]]> `x` [a](b)"

    private static func hostileSource() -> ExportSource {
        SmallRun.source(SmallRun.results(name: hostile, labels: ["a\(hostile)", "b"], answer: hostile, model: hostile))
    }

    @Test(arguments: [false, true]) func junitIsWellFormed(isHostile: Bool) throws {
        let source = isHostile ? Self.hostileSource() : SmallRun.source()
        let text = source.junit()
        let counter = XMLCounter()
        let parser = XMLParser(data: Data(text.utf8))
        parser.delegate = counter
        #expect(parser.parse(), "\(String(describing: parser.parserError))")
        #expect(
            counter.counts == [
                "testsuites": 1, "testsuite": 2, "properties": 2, "property": 6, "testcase": 7, "failure": 1, "error": 1,
                "skipped": 2,
            ])
        // An empty time is no date.
        #expect(text.matches(of: #/ timestamp="\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d">/#).count == 2, "\(text)")
        #expect(text.contains("<testsuites name=") && text.contains("tests=\"7\" failures=\"1\" errors=\"1\" skipped=\"2\""))
    }

    /// Every row has as many separators as its table has columns, and environments are balanced.
    @Test(arguments: [false, true]) func latexTablesAreComplete(isHostile: Bool) {
        let source = isHostile ? Self.hostileSource() : SmallRun.source()
        let text = source.latex()
        var columns = 0, open: [String] = [], rows = 0
        for line in text.split(separator: "\n") {
            if let found = line.firstMatch(of: #/^\\begin\{(\w+)\}(?:\{([lr]+)\})?/#) {
                open.append(String(found.1))
                columns = found.2?.count ?? columns
            } else if let found = line.firstMatch(of: #/^\\end\{(\w+)\}/#) {
                #expect(open.popLast() == String(found.1))
            } else if line.hasSuffix("\\\\") {
                let cells = line.replacing("\\&", with: "").split(separator: "&", omittingEmptySubsequences: false)
                #expect(cells.count == columns, "\(line)")
                rows += 1
            }
        }
        #expect(open.isEmpty && rows >= 6)
        #expect(!text.contains("\u{0}") && text.components(separatedBy: "\\end{tabular}").count == 4)
    }

    @Test func csvHasEveryMetric() throws {
        let table = try CSVTable(parsing: Data(SmallRun.source().csv().utf8))
        #expect(
            table.header == [
                "run", "variant", "evaluation", "model", "split", "metric", "value", "low", "high", "n", "unit", "better",
            ])
        let accuracy = try #require(table.rows.first { $0.fields[3] == "base" && $0.fields[5] == "accuracy" })
        #expect(accuracy.fields[6] == "0.75" && accuracy.fields[9] == "12" && !accuracy.fields[7].isEmpty)
        // The base model has no latencies and the other no cost: unknown, so there is no line, not a zero.
        #expect(!table.rows.contains { $0.fields[3] == "base" && $0.fields[5].hasPrefix("latency") })
        #expect(!table.rows.contains { $0.fields[3] == "tuned" && $0.fields[5] == "result_cost_usd" })
        let hostile = Self.hostileSource().csv()
        #expect(!hostile.split(whereSeparator: { ",\n".contains($0) }).contains { $0.hasPrefix("=") || $0.hasPrefix("\"=") })
    }

    @Test func summaryKeepsToItsLimit() {
        let whole = SmallRun.source().githubSummary()
        #expect(whole.contains("| base (baseline) | 12 | 75.0%") && whole.contains("### Claims"))
        #expect(!whole.contains("| p = ") && !whole.contains("| p < "), "the column is headed p")
        let source = SmallRun.source(SmallRun.results(answer: String(repeating: "long ", count: 300)))
        for limit in [900, 1500, 3000, 6000] {
            let text = source.githubSummary(limit: limit)
            #expect(text.utf8.count <= max(limit, 3000), "\(limit): \(text.utf8.count)")
            if limit < 3000 { #expect(text.contains("rows are omitted")) }
        }
        let hostile = Self.hostileSource().githubSummary()
        #expect(!hostile.contains("<script>") && !hostile.contains("[a](b)"))
    }

    @Test func recordsOfEveryEvalEver() throws {
        let files = SmallRun.source().everyEvalEver()
        #expect(files.count == 4)
        #expect(files.map(\.path) == SmallRun.source().everyEvalEver().map(\.path))
        let record = try JSONValue(parsing: Data(try #require(files.first).text.utf8))
        let samples = try #require(files.dropFirst().first)
        #expect(record["detailed_evaluation_results"]?["checksum"]?.string == Digest(of: samples.text).hex)
        #expect(record["detailed_evaluation_results"]?["file_path"]?.string == samples.path)
        #expect(record["evaluation_results"]?.array?.first?["score_details"]?["score"]?.double == 0.75)
        #expect(samples.text.split(separator: "\n").count == 12)
        #expect(Self.hashes(samples.text).count == 12)
        for file in Self.hostileSource().everyEvalEver() {
            #expect(
                file.path.wholeMatch(
                    of: #/data\/[a-z0-9_.\-]+\/[a-z0-9_.\-]+\/[a-z0-9_.\-]+\/[0-9a-f\-]{36}(\.json|_samples\.jsonl)/#) != nil,
                "\(file.path)")
        }
    }

    /// The different inputs in samples of Every Eval Ever.
    private static func hashes(_ samples: String) -> Set<String> {
        Set(samples.split(separator: "\n").compactMap { (try? JSONValue(parsing: Data($0.utf8)))?["sample_hash"]?.string })
    }

    /// Guards: metrics over answered items stated the number of all answers, and an unreadable answer had the error 0.
    @Test(
        arguments: [
            ("mae", 7, 0.0, true), ("median_error", 7, 0, true), ("rmse", 7, 0, true), ("bias", 7, nil, true),
            ("r2", 7, nil, true),
            ("within", 8, 0, false), ("exact", 8, 0, false),
        ] as [(String, Int, Double?, Bool)])
    func metricsOfAnsweredItems(_ metric: String, _ n: Int, _ least: Double?, _ hasOwnNumber: Bool) throws {
        let numbers = [7, 6, 9, 7, nil, 7, 3, 8]
        let results = SmallRun.items(
            "count", ["base": numbers.enumerated().map { SmallRun.counted($0, $1, reference: $0 == 2 ? 9 : 7) }])
        let source = SmallRun.source(results)

        let rows = source.csv().split(separator: "\n").map { $0.split(separator: ",", omittingEmptySubsequences: false) }
        let column = try #require(rows.first?.firstIndex(of: "n"))
        let row = try #require(rows.first { $0.count > column && $0[5] == metric })
        #expect(row[column] == "\(n)")

        let files = source.everyEvalEver()
        let record = try JSONValue(parsing: Data(try #require(files.first).text.utf8))
        let result = try #require(
            record["evaluation_results"]?.array?.first { $0["metric_config"]?["metric_id"]?.string == metric })
        if let uncertainty = result["score_details"]?["uncertainty"] { #expect(uncertainty["num_samples"]?.int == n) }
        let lowest = result["metric_config"]?["min_score"]
        if let least { #expect(lowest?.double == least) } else { #expect(lowest?.string == "-Infinity") }
        let samples = try #require(files.dropFirst().first).text
        #expect(samples.split(separator: "\n").count == 7 && Self.hashes(samples).count == 7)
        #expect(!samples.contains("\"sample_id\":\"4\""))
        #expect(record["detailed_evaluation_results"]?["total_rows"]?.int == 7)

        let points = try MLflowRuns(source, page: nil).children.flatMap(\.points)
        #expect(points.first { $0.key == "items/\(metric).n" }?.value == (hasOwnNumber ? Double(n) : nil))
    }
}
