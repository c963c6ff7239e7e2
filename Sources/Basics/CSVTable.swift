// Comma-separated values as RFC 4180 has them: a strict reader and a writer.

package import Foundation

/// A table of texts with one row of column names.
///
/// Strict where leniency would hide a slip: every row has as many fields as the header, quotes stand
/// around whole fields only. A byte order mark and either kind of line end are accepted, because
/// spreadsheets write them.
package struct CSVTable: Hashable, Sendable {
    /// One record and the line of the file where it starts, counted from 1.
    package struct Row: Hashable, Sendable {
        package var line: Int
        package var fields: [String]

        package init(line: Int, fields: [String]) {
            self.line = line
            self.fields = fields
        }
    }

    package var header: [String]
    package var rows: [Row]

    /// Reads a whole file.
    /// - Throws: `CSVError` with the line at fault.
    package init(parsing data: Data) throws(CSVError) {
        var parser = CSVParser(bytes: [UInt8](data))
        var records = try parser.records()
        guard !records.isEmpty else { throw .empty }
        let first = records.removeFirst()
        var seen = Set<String>()
        for name in first.fields where !seen.insert(name).inserted {
            throw .repeatedColumn(name: name, line: first.line)
        }
        for row in records where row.fields.count != first.fields.count {
            throw .fieldCount(line: row.line, have: row.fields.count, need: first.fields.count)
        }
        header = first.fields
        rows = records
    }

    /// The place of a column by its name; `nil` when there is none.
    package func column(_ name: String) -> Int? { header.firstIndex(of: name) }

    /// One line of the file: fields joined by commas, quoted only where they must be, ended by `\n`.
    package static func line(_ fields: [String]) -> String {
        fields.map { field in
            let special = field.utf8.contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
            return special ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
        }.joined(separator: ",") + "\n"
    }
}

/// What is wrong with a CSV file. Lines count from 1.
package enum CSVError: Error, Hashable, Sendable {
    case empty
    case notUTF8(line: Int)
    case quoteInsideField(line: Int)
    case textAfterQuote(line: Int)
    case quoteNotClosed(line: Int)
    case repeatedColumn(name: String, line: Int)
    case fieldCount(line: Int, have: Int, need: Int)

    /// The line at fault.
    package var line: Int {
        switch self {
        case .empty: 1
        case .notUTF8(let line), .quoteInsideField(let line), .textAfterQuote(let line), .quoteNotClosed(let line),
            .repeatedColumn(_, let line), .fieldCount(let line, _, _):
            line
        }
    }
}

extension CSVError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .empty: "the table is empty: a first line with column names is needed"
        case .notUTF8: "the text is not UTF-8"
        case .quoteInsideField: "a quote inside a field that does not start with one"
        case .textAfterQuote: "text after the closing quote of a field"
        case .quoteNotClosed: "a quoted field is not closed"
        case .repeatedColumn(let name, _): "the column '\(name)' appears twice"
        case .fieldCount(_, let have, let need): "\(have) fields where the header has \(need)"
        }
    }
}

/// Walks over the bytes of a CSV file.
private struct CSVParser {
    let bytes: [UInt8]
    private var at = 0
    private var line = 1

    init(bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { at = 3 }
    }

    mutating func records() throws(CSVError) -> [CSVTable.Row] {
        var rows: [CSVTable.Row] = []
        while at < bytes.count {
            let start = line
            var fields = [try field()]
            while at < bytes.count, bytes[at] == UInt8(ascii: ",") {
                at += 1
                fields.append(try field())
            }
            skipLineEnd()
            // A line with nothing on it is no record, so that a blank last line does no harm.
            if fields != [""] { rows.append(CSVTable.Row(line: start, fields: fields)) }
        }
        return rows
    }

    private mutating func skipLineEnd() {
        if at < bytes.count, bytes[at] == 0x0D { at += 1 }
        if at < bytes.count, bytes[at] == 0x0A { at += 1 }
        line += 1
    }

    private mutating func field() throws(CSVError) -> String {
        guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else {
            let start = at
            while at < bytes.count, !endsField(bytes[at]) {
                if bytes[at] == UInt8(ascii: "\"") { throw .quoteInsideField(line: line) }
                at += 1
            }
            return try text(bytes[start..<at])
        }
        let start = line
        at += 1
        var content: [UInt8] = []
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            if byte == UInt8(ascii: "\"") {
                if at < bytes.count, bytes[at] == UInt8(ascii: "\"") {
                    content.append(byte)
                    at += 1
                    continue
                }
                guard at == bytes.count || endsField(bytes[at]) else { throw .textAfterQuote(line: line) }
                return try text(content[...])
            }
            if byte == 0x0A { line += 1 }
            content.append(byte)
        }
        throw .quoteNotClosed(line: start)
    }

    private func endsField(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: ",") || byte == 0x0A || byte == 0x0D
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(CSVError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8(line: line) }
        return text
    }
}
