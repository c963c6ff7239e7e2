// Reading and writing CSV tables.

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

    /// Guards: the separators that spreadsheets write behind the last column were "the column '' appears twice".
    @Test(
        arguments: [
            ("a column without a name", "a,b,\n1,2,\n", ["a", "b"], [["1", "2"]]),
            ("several", "a,b,,\n1,2,,\n3,4\n", ["a", "b"], [["1", "2"], ["3", "4"]]),
            ("in rows only", "a,b\n1,2, \n", ["a", "b"], [["1", "2"]]),
            ("with content", "a,b,\n1,2,x\n", ["a", "b", ""], [["1", "2", "x"]]),
            ("in front", ",a\n0,1\n", ["", "a"], [["0", "1"]]),
        ] as [(id: String, text: String, header: [String], rows: [[String]])])
    func emptyColumnsBehindTheLast(id: String, text: String, header: [String], rows: [[String]]) throws {
        let table = try CSVTable(parsing: Data(text.utf8))
        #expect(table.header == header)
        #expect(table.rows.map(\.fields) == rows)
    }

    /// Guards: a workbook was "binary data", a page a table without the right columns, and a zero byte made Chinese of a text.
    @Test(
        arguments: [
            ("workbook", [0x50, 0x4B, 0x03, 0x04, 0, 0], "Excel"), ("old workbook", [0xD0, 0xCF, 0x11, 0xE0, 0, 0], "Excel"),
            ("gzip", [0x1F, 0x8B, 8, 0], "gzip"), ("page", Array(" <!DOCTYPE html><html>".utf8), "HTML page"),
            ("pointer", Array("version https://git-lfs.github.com/spec/v1\n".utf8), "Git LFS"),
            ("Arrow", Array("ARROW1\0\0".utf8), "Arrow"), ("Arrow stream", [0xFF, 0xFF, 0xFF, 0xFF, 8, 1], "Arrow"),
            ("stray zero byte", Array("path,label\na.png,c\u{0}t\nbb.png,dog\n".utf8), "binary data"),
        ] as [(id: String, bytes: [UInt8], says: String)])
    func whatIsNoTable(id: String, bytes: [UInt8], says: String) throws {
        let error = try #require(throws: CSVError.self) { try CSVTable(parsing: Data(bytes)) }
        #expect("\(error)".contains(says), "\(error)")
    }

    @Test func otherEncodingsAreErrors() {
        #expect(throws: CSVError.notUTF8(line: 2)) { try CSVTable(parsing: Data([0x61, 0x0A, 0xFF])) }
    }

    @Test func writtenTablesAreReadBack() throws {
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
                .notJSONLines(line: 2, reason: "not JSON at byte 34: 'label' occurs twice in one object; keep one of the two")
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
