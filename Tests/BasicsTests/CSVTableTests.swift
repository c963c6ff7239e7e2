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
