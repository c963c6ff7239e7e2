// Tables of recorded answers: parsing, and errors with their lines.

import Basics
import Foundation
import Planning
import Specification
import Steps
import Testing

@Suite struct RecordedAnswersTests {
    private static let paths = ["cat/1.jpg", "cat/2.jpg", "dog/1.jpg", "dog/3.jpg"]

    private static func entry(_ path: String, item: ItemEntry? = nil) -> ManifestEntry {
        ManifestEntry(
            path: path, label: item == nil ? String(path.prefix(3)) : "", digest: Digest(of: path), bytes: 1, width: 1, height: 1,
            item: item)
    }

    private static let images = DatasetManifest(paths.map { entry($0) })
    /// Two questions about the first image, one about the third.
    private static let items = DatasetManifest(
        [("q1", "cat/1.jpg"), ("q2", "cat/1.jpg"), ("q3", "dog/1.jpg")].map { id, path in
            entry(path, item: ItemEntry(id: id, group: path, reference: .string("x")))
        }, vocabulary: [])

    private static func examples(_ manifest: DatasetManifest, _ count: Int) -> [Example] {
        manifest.entries.prefix(count).enumerated().map { id, entry in
            Example(
                id: id, path: entry.path, label: entry.label, digest: entry.digest, bytes: 1, width: 1, height: 1,
                item: entry.item)
        }
    }

    private static func rows(
        _ text: String, columns: RecordedColumns = RecordedColumns(), ofItems: Bool = false, count: Int = 2,
        allowMissing: Bool = false
    ) throws -> [String: RecordedAnswers.Row] {
        let manifest = ofItems ? items : images
        return try RecordedAnswers(Data(text.utf8), name: "a.csv", columns: columns)
            .rows(for: examples(manifest, count), of: manifest, allowMissing: allowMissing)
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        var id: String
        var text: String
        var columns = RecordedColumns()
        var ofItems = false
        var says: String
        var testDescription: String { id }

        init(_ id: String, _ text: String, columns: RecordedColumns = RecordedColumns(), ofItems: Bool = false, says: String) {
            (self.id, self.text, self.columns, self.ofItems, self.says) = (id, text, columns, ofItems, says)
        }
    }

    // Guards against answers that are silently dropped, invented, or assigned to the wrong item.
    @Test(arguments: [
        Bad("empty", "", says: "a.csv:1: the table is empty"),
        Bad("no answer column", "path,said\ncat/1.jpg,cat\n", says: "a.csv:1: there is no column with the answers"),
        Bad(
            "two answer columns", "path,answer,prediction\ncat/1.jpg,cat,dog\n",
            says: "the column of 'answer' may be 'answer' or 'prediction'"),
        Bad("no item column", "name,answer\ncat/1.jpg,cat\n", says: "a.csv:1: there is no column with the ids or paths"),
        Bad(
            "misspelt column", "path,said\ncat/1.jpg,cat\n", columns: RecordedColumns(answer: "sad"),
            says: "there is no column 'sad' for 'answer': did you mean 'said'?"),
        Bad(
            "unknown item", "path,answer\ncat/1.jpg,cat\ncat/2.jpg,cat\ncat/9.jpg,cat\n",
            says: "a.csv:4: 'cat/9.jpg' is not an item of the dataset"),
        Bad("missing item", "path,answer\ncat/1.jpg,cat\n", says: "a.csv has no answer to 1 of 2 items: cat/2.jpg"),
        Bad(
            "item twice", "path,answer\ncat/1.jpg,cat\ncat/2.jpg,cat\ncat/1.jpg,dog\n",
            says: "a.csv:4: 'cat/1.jpg' already has an answer, in line 2"),
        Bad(
            "item twice by another name", "path,answer\ncat/1.jpg,cat\ncat/2.jpg,cat\n2.jpg,dog\n",
            says: "a.csv:4: 'cat/2.jpg' already has an answer, in line 3"),
        Bad(
            "item twice outside the part", "path,answer\ncat/1.jpg,cat\ncat/2.jpg,cat\n3.jpg,dog\n3.jpg,cat\n",
            says: "a.csv:5: 'dog/3.jpg' already has"),
        Bad(
            "ambiguous name", "path,answer\n1.jpg,cat\ncat/2.jpg,cat\n",
            says: "a.csv:2: '1.jpg' may be 'cat/1.jpg' or 'dog/1.jpg'"),
        Bad("part of a file name", "path,answer\ncat/1.jpg,cat\n.jpg,cat\n", says: "a.csv:3: '.jpg' is not an item"),
        Bad(
            "null", #"{"path": "cat/1.jpg", "answer": null}"# + "\n" + #"{"path": "cat/2.jpg", "answer": "cat"}"#,
            says: "has no answer to 1 of 2 items: cat/1.jpg"),
        Bad(
            "absent member", #"{"path": "cat/1.jpg"}"# + "\n" + #"{"path": "cat/2.jpg", "answer": "cat"}"#,
            says: "has no answer to 1 of 2 items: cat/1.jpg"),
        Bad("latency", "path,answer,latency_ms\ncat/1.jpg,cat,fast\ncat/2.jpg,cat,1\n", says: "a.csv:2: latency_ms is 'fast'"),
        Bad(
            "negative latency", "path,answer,latency_ms\ncat/1.jpg,cat,1\ncat/2.jpg,cat,-1\n", says: "a.csv:3: latency_ms is '-1'"
        ),
        Bad(
            "cost", "path,answer,cost_usd\ncat/1.jpg,cat,$1\ncat/2.jpg,cat,1\n",
            says: "a.csv:2: cost_usd is '$1'; a number of US dollars"),
        Bad("infinite cost", "path,answer,cost_usd\ncat/1.jpg,cat,inf\ncat/2.jpg,cat,1\n", says: "a.csv:2: cost_usd is 'inf'"),
        Bad("fields", "path,answer\ncat/1.jpg,cat,x\n", says: "a.csv:2: 3 fields where the header has 2"),
        Bad("unknown id", "id,answer\nq1,a\nq9,b\n", ofItems: true, says: "a.csv:3: 'q9' is not an item of the dataset"),
        Bad(
            "image of two items", "path,answer\ncat/1.jpg,a\n", ofItems: true,
            says: "'cat/1.jpg' may be 'q1' or 'q2'; add a column with ids"),
    ])
    func isReported(_ item: Bad) throws {
        let error = try #require(throws: StepFailure.self) {
            try Self.rows(item.text, columns: item.columns, ofItems: item.ofItems)
        }
        #expect("\(error)".contains(item.says), "\(error)")
    }

    /// All problems are one error.
    @Test func everyProblemIsNamed() throws {
        let error = try #require(throws: StepFailure.self) {
            try Self.rows("path,answer\nx.jpg,cat\ncat/1.jpg,cat\ncat/1.jpg,cat\n")
        }
        for text in [
            "a.csv:2: 'x.jpg' is not an item", "a.csv:4: 'cat/1.jpg' already has an answer",
            "no answer to 1 of 2 items: cat/2.jpg",
        ] {
            #expect("\(error)".contains(text), "\(error)")
        }
    }

    @Test(arguments: [
        "path,answer\ncat/1.jpg,cat\ncat/2.jpg,\"dog, big\"\n", "answer;file\ncat;1.jpg\n",
        "\u{FEFF}Prediction\tImage\r\ncat\tcat/1.jpg\r\n",
        #"{"path": "cat/1.jpg", "answer": "cat", "latency_ms": 5, "cost_usd": 0.25}"#,
    ])
    func isRead(_ text: String) throws {
        let columns = text.hasPrefix("answer;") ? RecordedColumns(path: "file") : RecordedColumns()
        // The file name alone is ambiguous unless the other image with it is not in the dataset.
        if text.contains(";1.jpg") {
            #expect(throws: StepFailure.self) { try Self.rows(text, columns: columns, count: 1) }
            return
        }
        let rows = try Self.rows(text, columns: columns, count: 1)
        #expect(rows["cat/1.jpg"]?.text == "cat")
        #expect(rows["cat/1.jpg"]?.cost == (text.hasPrefix("{") ? 0.25 : nil))
        #expect(rows["cat/1.jpg"]?.latencyMilliseconds == (text.hasPrefix("{") ? 5 : nil))
    }

    /// An empty cell is an empty answer, `null` a missing one; JSON answers keep their structure.
    @Test func emptyIsNotMissing() throws {
        let empty = try Self.rows("path,answer\ncat/1.jpg,\ncat/2.jpg,cat\n")
        #expect(empty["cat/1.jpg"]?.text == "")
        let lines =
            #"{"path": "cat/1.jpg", "answer": null}"# + "\n" + #"{"path": "cat/2.jpg", "answer": {"total": [1, 2]}}"# + "\n"
        let missing = try Self.rows(lines, allowMissing: true)
        #expect(missing["cat/1.jpg"] != nil && missing["cat/1.jpg"]?.text == nil)
        #expect(missing["cat/2.jpg"]?.text == #"{"total":[1,2]}"#)
    }

    /// Rows about other parts of the dataset are not used, and items are found by id or by their only image.
    @Test func otherItemsAreLeftOut() throws {
        let rows = try Self.rows("path,answer\n" + Self.paths.map { "\($0),cat\n" }.joined())
        #expect(Set(rows.keys) == ["cat/1.jpg", "cat/2.jpg"])
        #expect(try Self.rows("id,answer\nq2,b\nq1,a\nq3,c\n", ofItems: true)["q2"]?.text == "b")
        #expect(try Self.rows("path,answer\ndog/1.jpg,c\n", ofItems: true, allowMissing: true).isEmpty)
    }
}
