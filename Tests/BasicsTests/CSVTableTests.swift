import Basics
import Foundation
import Testing

@Suite("CSV")
struct CSVTableTests {
    @Test func readsWhatSpreadsheetsWrite() throws {
        let text = "\u{FEFF}a,b\r\n\"x, \"\"y\"\"\nz\",2\r\n\r\n,\n"
        let table = try CSVTable(parsing: Data(text.utf8))
        #expect(table.header == ["a", "b"])
        #expect(
            table.rows == [
                .init(line: 2, fields: ["x, \"y\"\nz", "2"]), .init(line: 5, fields: ["", ""]),
            ])
        #expect(table.column("b") == 1)
        #expect(table.column("c") == nil)
    }

    struct Bad: CustomTestStringConvertible, Sendable {
        var text: String
        var error: CSVError
        var testDescription: String { text.debugDescription }
    }

    @Test(
        "Slips are errors at their line",
        arguments: [
            Bad(text: "", error: .empty),
            Bad(text: "a,a\n", error: .repeatedColumn(name: "a", line: 1)),
            Bad(text: "a,b\n1\n", error: .fieldCount(line: 2, have: 1, need: 2)),
            Bad(text: "a\nx\"y\n", error: .quoteInsideField(line: 2)),
            Bad(text: "a\n\"x\ny\"z\n", error: .textAfterQuote(line: 3)),
            Bad(text: "a\n1\n\"x\n", error: .quoteNotClosed(line: 3)),
        ])
    func slips(_ test: Bad) {
        #expect(throws: test.error) { try CSVTable(parsing: Data(test.text.utf8)) }
    }

    /// The first line decides the separator where only one fits; the columns that are looked for decide otherwise.
    @Test func separators() throws {
        #expect(try CSVTable(parsing: Data("a;b\n1,5;2\n".utf8)).rows.map(\.fields) == [["1,5", "2"]])
        #expect(try CSVTable(parsing: Data("a\tb\n1\t2\n".utf8)).form == .separated(by: "\t"))
        #expect(
            try CSVTable(parsing: Data("path;label, breed\nx;y\n".utf8), names: ["path"]).header == ["path", "label, breed"])
        #expect(throws: CSVError.ambiguousSeparator([",", ";"])) {
            try CSVTable(parsing: Data("a;b,c\n1;2,3\n".utf8))
        }
    }

    @Test func notUTF8IsAnError() {
        #expect(throws: CSVError.notUTF8(line: 2)) { try CSVTable(parsing: Data([0x61, 0x0A, 0xFF])) }
    }

    @Test func whatIsWrittenReadsBack() throws {
        let rows = [["plain", "with, comma", "with \"quote\""], ["line\nbreak", "", "é\r"]]
        let text = CSVTable.line(["a", "b", "c"]) + rows.map { CSVTable.line($0) }.joined()
        #expect(try CSVTable(parsing: Data(text.utf8)).rows.map(\.fields) == rows)
    }
}

/// Tables in a form that is not a table of rows, each with a hint on how to make it one.
struct TableFormTests {
    @Test(
        arguments: [
            ("list of objects", "[{\"path\": \"a.jpg\", \"label\": \"cat\"}]", CSVError.jsonDocument(isList: true)),
            ("list over lines", "[\n  {\n    \"path\": \"a.jpg\"\n  }\n]\n", .jsonDocument(isList: true)),
            ("list of lists", "[[\"a.jpg\", \"cat\"]]", .jsonDocument(isList: true)),
            ("empty list", "[]", .jsonDocument(isList: true)),
            ("cut list", "[{\"path\": \"a.jpg\"},\n", .jsonDocument(isList: true)),
            ("object over lines", "{\n  \"path\": \"a.jpg\",\n  \"label\": \"cat\"\n}\n", .jsonDocument(isList: false)),
            (
                "repeated name", "{\"path\": \"a.jpg\"}\n{\"path\": \"a.jpg\", \"label\": \"cat\", \"label\": \"dog\"}\n",
                .notJSONLines(line: 2, reason: "not JSON at byte 34: 'label' is given twice in one object; keep one of the two")
            ),
        ] as [(id: String, text: String, error: CSVError)])
    func `JSON of another form`(id: String, text: String, error: CSVError) {
        #expect(throws: error) { try CSVTable(parsing: Data(text.utf8)) }
        if case .jsonDocument = error { #expect(error.hint?.contains("jq -c") == true) }
    }

    @Test func `a bracket may begin a column's name`() throws {
        #expect(try CSVTable(parsing: Data("[path],label\na,b\n".utf8)).header == ["[path]", "label"])
    }

    @Test(
        arguments: [
            ("names of files", "a.jpg,cat\nb.jpg,dog\n", true), ("a value that comes again", "x,cat\ny,dog\nz,cat\n", true),
            ("numbers", "12,cat\n", true), ("names", "path,label\na.jpg,cat\n", false), ("JSON lines", "{\"a.jpg\": 1}", false),
        ] as [(id: String, text: String, lacksHeader: Bool)])
    func `a missing header is noticed`(id: String, text: String, lacksHeader: Bool) throws {
        #expect(try CSVTable(parsing: Data(text.utf8)).mayLackHeader == lacksHeader)
    }
}
