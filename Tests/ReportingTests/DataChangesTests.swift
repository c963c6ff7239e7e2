// The data of two runs, compared by recorded digests and by evaluated examples.

import Basics
import Foundation
import Reporting
import Statistics
import TaskKit
import Tasks
import Testing

struct DataChangesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var id: String
        /// `nil` if the page must state that nothing differs.
        var expected: String?
        var change: @Sendable (inout ExperimentResults) -> Void
        var testDescription: String { id }
    }

    private static func row(_ number: Int, image: String? = nil, label: String? = nil, question: String = "?") -> DataRecord.Row {
        DataRecord.Row(
            name: "\(number).jpg", images: [Digest(of: image ?? "image \(number)")],
            reference: .string(label ?? (number < 2 ? "cat" : "dog")), variables: ["question": question])
    }

    private static let rows = (0..<4).map { row($0) }

    static let cases = [
        Case(id: "the same data", expected: nil) { _ in },
        Case(id: "the same data in another order", expected: nil) { $0.data?["main.test"] = DataRecord(rows.reversed()) },
        Case(id: "one image has other bytes", expected: "main.test: the same examples with other images") {
            $0.data?["main.test"] = DataRecord([row(0, image: "other")] + rows.dropFirst())
        },
        Case(id: "two images change places", expected: "main.test: the same examples with other images") {
            $0.data?["main.test"] = DataRecord([row(0, image: "image 1"), row(1, image: "image 0")] + rows.dropFirst(2))
        },
        Case(id: "two training labels are swapped", expected: "main.train: the same examples with other labels or references") {
            $0.data?["main.train"] = DataRecord(
                [row(0), row(1, label: "dog"), row(2, label: "cat"), row(3)])
        },
        Case(id: "every question is another", expected: "main.test: the same examples with other questions") {
            $0.data?["main.test"] = DataRecord((0..<4).map { row($0, question: "how many?") })
        },
        Case(id: "one example more", expected: "main.train: other examples (4 → 5)") {
            $0.data?["main.train"] = DataRecord(rows + [row(4)])
        },
        Case(id: "a further part", expected: "main.validation: only in the last run, 1 example") {
            $0.data?["main.validation"] = DataRecord([row(9)])
        },
        Case(id: "a part less", expected: "main.train: only in the first run, 4 examples") { $0.data?["main.train"] = nil },
        Case(id: "the last run recorded nothing", expected: "is unknown: the last run did not record their digests") {
            $0.data = nil
        },
        Case(id: "an evaluated label", expected: "1 example with another label or reference") {
            let label = $0.labels.last ?? ""
            $0.variants[0].evaluations[0].models = $0.variants[0].evaluations[0].models.map { model in
                var model = model
                model.answers[0].label = label
                return model
            }
        },
    ]

    private static func dataSection(_ first: ExperimentResults, _ last: ExperimentResults) throws -> String {
        let html = try RunComparison([first, last], tasks: .standard).served(tables: "t/", query: "", keys: []).html
        let section = try #require(html.components(separatedBy: "data-changes").last)
        return String(try #require(section.components(separatedBy: "number-changes").first))
    }

    private static func results() -> ExperimentResults {
        var sample = Sample(labels: Sample.shapes, perLabel: 10)
        var results = sample.results()
        results.data = ["main.train": DataRecord(rows), "main.test": DataRecord(rows)]
        return results
    }

    @Test(arguments: cases) func states(_ item: Case) throws {
        let first = DataChangesTests.results()
        var last = first
        item.change(&last)
        let text = try DataChangesTests.dataSection(first, last)
        #expect(text.contains("No difference.") == (item.expected == nil), "\(text)")
        if let expected = item.expected { #expect(text.contains(expected), "\(text)") }
    }

    @Test func runsOfEarlierVersionsAreUnknown() throws {
        var run = DataChangesTests.results()
        run.data = nil
        let text = try DataChangesTests.dataSection(run, run)
        #expect(text.contains("is unknown: neither run recorded their digests") && !text.contains("No difference."))
    }

    @Test func theRecordIsStored() throws {
        let run = DataChangesTests.results()
        #expect(try ExperimentResults(encoded: run.encoded()).data == run.data)
    }
}
