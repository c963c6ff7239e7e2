// Reads text tables: CSV, its variants with other separators, and JSON Lines.

package import Foundation

/// A text table with one header row.
///
/// The parser detects UTF-8 and UTF-16; commas, semicolons, tabs and bars as separators; and JSON Lines. It is strict
/// where leniency would hide a mistake: every row has as many fields as the header, and quotes enclose whole fields
/// only.
package struct CSVTable: Hashable, Sendable {
    /// One record of the table.
    package struct Row: Hashable, Sendable {
        /// The line of the file where the record starts, counted from 1.
        package var line: Int
        /// The values in the order of `CSVTable.header`.
        package var fields: [String]

        /// - Parameter line: the line where the record starts, counted from 1.
        package init(line: Int, fields: [String]) {
            self.line = line
            self.fields = fields
        }
    }

    /// The file's encoding of rows.
    package enum Form: Hashable, Sendable {
        case separated(by: Character)
        /// One JSON object per line. Values that are objects or lists appear as JSON text in a row's fields.
        case jsonLines
    }

    /// The column names, without surrounding spaces; for JSON Lines, all member names, sorted by their UTF-8 bytes.
    package var header: [String]
    /// The records in file order, without blank lines. Every row has as many fields as `header`.
    package var rows: [Row]
    /// The format that was detected.
    package var form: Form

    /// The columns that identify a report's own table (`predictions.csv`), whose texts are escaped.
    private static let ownColumns: Set<String> = ["variant", "evaluation", "example", "label", "model", "answer", "matched"]

    private static let separators: [Character] = [",", ";", "\t", "|"]

    /// Parses a whole file.
    /// - Parameter names: the columns the caller looks for; they decide where the separator is ambiguous.
    /// - Throws: `CSVError` with the line of the error.
    package init(parsing data: Data, names: [String] = []) throws(CSVError) {
        let bytes = try TableText.utf8(data)
        let first = bytes.first { !($0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D) }
        if first == UInt8(ascii: "{") {
            self = try CSVTable(jsonLines: bytes)
            return
        }
        if first == UInt8(ascii: "["), CSVTable.isJSONList(bytes) { throw .jsonDocument(isList: true) }
        var candidates: [(separator: Character, header: [String])] = []
        for separator in CSVTable.separators {
            var parser = CSVParser(bytes: bytes, separator: separator)
            guard let header = try? parser.firstRecord(), header.count > 1 else { continue }
            candidates.append((separator, header))
        }
        if candidates.count > 1 {
            let known = Set(names.map(CSVTable.plainName))
            let scores = candidates.map { candidate in candidate.header.count { known.contains(CSVTable.plainName($0)) } }
            let best = scores.max() ?? 0
            let likely = zip(candidates, scores).filter { $0.1 == best }.map(\.0)
            candidates =
                likely.count > 1
                ? likely.filter { (try? CSVTable(bytes, separator: $0.separator)) != nil } : likely
            if candidates.isEmpty { candidates = [likely[0]] }
        }
        guard candidates.count < 2 else {
            throw .ambiguousSeparator(candidates.map { String($0.separator) })
        }
        self = try CSVTable(bytes, separator: candidates.first?.separator ?? ",")
    }

    private init(_ bytes: [UInt8], separator: Character) throws(CSVError) {
        var parser = CSVParser(bytes: bytes, separator: separator)
        var records = try parser.records()
        guard !records.isEmpty else { throw .empty }
        let first = records.removeFirst()
        var names = first.fields.map { $0.trimmingCharacters(in: .whitespaces) }
        // Spreadsheets write separators behind the last column that has a name or content.
        let named = (names.lastIndex { !$0.isEmpty } ?? -1) + 1
        if named > 0, records.allSatisfy({ $0.fields.dropFirst(named).allSatisfy { $0.allSatisfy(\.isWhitespace) } }) {
            names.removeSubrange(named...)
            for row in records.indices where records[row].fields.count > named { records[row].fields.removeSubrange(named...) }
        }
        var seen = Set<String>()
        for name in names where !seen.insert(name).inserted {
            throw .repeatedColumn(name: name, line: first.line)
        }
        for row in records where row.fields.count != names.count {
            throw .fieldCount(line: row.line, have: row.fields.count, need: names.count)
        }
        header = names
        rows = records
        form = .separated(by: separator)
        if CSVTable.ownColumns.isSubset(of: names) {
            for row in rows.indices { rows[row].fields = rows[row].fields.map(SpreadsheetText.plain) }
        }
    }

    private init(jsonLines bytes: [UInt8]) throws(CSVError) {
        var objects: [(line: Int, members: [String: JSONValue])] = []
        for (index, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            let text = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
            guard !text.isEmpty else { continue }
            let value: JSONValue
            do { value = try JSONValue(parsingRecord: Data(text.utf8)) } catch {
                if objects.isEmpty, (try? JSONValue(parsing: Data(bytes))) != nil { throw .jsonDocument(isList: false) }
                throw .notJSONLines(line: index + 1, reason: (error as? DecodingError)?.reason ?? "\(error)")
            }
            guard let members = value.object else {
                throw .notJSONLines(line: index + 1, reason: "the line is not a JSON object")
            }
            objects.append((index + 1, members))
        }
        let names = Set(objects.flatMap(\.members.keys)).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        header = names
        rows = objects.map { object in
            Row(line: object.line, fields: names.map { CSVTable.text(of: object.members[$0]) })
        }
        form = .jsonLines
    }

    /// Whether the text is a JSON list rather than a header whose first name begins with a bracket.
    private static func isJSONList(_ bytes: [UInt8]) -> Bool {
        let space: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        let start = bytes.drop { space.contains($0) }.dropFirst().first { !space.contains($0) }
        return start == UInt8(ascii: "{") || start == UInt8(ascii: "[") || (try? JSONValue(parsing: Data(bytes))) != nil
    }

    /// Whether the first line looks like a row rather than column names: it holds the name of an image file, a number,
    /// or a text that occurs again below it.
    package var mayLackHeader: Bool {
        guard case .separated = form else { return false }
        return CSVTable.looksLikeRow(header)
            || header.indices.contains { column in
                let name = header[column]
                return !name.isEmpty && rows.contains { $0.fields[column].trimmingCharacters(in: .whitespaces) == name }
            }
    }

    /// Whether a header holds the name of an image file or a number.
    package static func looksLikeRow(_ header: [String]) -> Bool {
        let extensions = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"]
        return header.contains { name in
            let lowercased = name.lowercased()
            return Double(name) != nil || extensions.contains { lowercased.hasSuffix($0) }
        }
    }

    /// The advice for a table whose first line looks like a row.
    package static let headerHint =
        "the first line looks like a row: add a line with the names of the columns before it, such as 'path,label'"

    private static func text(of value: JSONValue?) -> String {
        switch value {
        case nil, .null: ""
        case .string(let text): text
        case let other?: other.canonical
        }
    }

    /// The index of the column with exactly this name; `nil` when there is none.
    package func column(_ name: String) -> Int? { header.firstIndex(of: name) }

    /// A column's name without what people write in different ways: `File Name` and `file_name` become `filename`.
    package static func plainName(_ name: String) -> String { name.lowercased().filter { $0.isLetter || $0.isNumber } }

    /// One line of a CSV file: fields joined by commas, quoted only where necessary, terminated by a line feed.
    package static func line(_ fields: [String]) -> String {
        fields.map { field in
            let special = field.utf8.contains { $0 == 0x2C || $0 == 0x22 || $0 == 0x0A || $0 == 0x0D }
            return special ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
        }.joined(separator: ",") + "\n"
    }
}

/// An error in a CSV file. Lines count from 1.
package enum CSVError: Error, Hashable, Sendable {
    case empty
    case notUTF8(line: Int)
    /// An encoding that is recognized but not supported, damaged UTF-16, or binary data; the value names it.
    case otherEncoding(String)
    /// Something else than a table, such as a workbook or a web page; a phrase with its article, and the advice.
    case otherContent(String, hint: String)
    /// More than one separator would split the header into several columns.
    case ambiguousSeparator([String])
    case notJSONLines(line: Int, reason: String)
    /// One JSON document, a list or an object over several lines, instead of one object per line.
    case jsonDocument(isList: Bool)
    case quoteInsideField(line: Int)
    case textAfterQuote(line: Int)
    case quoteNotClosed(line: Int)
    case repeatedColumn(name: String, line: Int)
    case fieldCount(line: Int, have: Int, need: Int)

    /// The line of the error; 1 when the whole file is affected.
    package var line: Int {
        switch self {
        case .empty, .otherEncoding, .otherContent, .ambiguousSeparator, .jsonDocument: 1
        case .notJSONLines(let line, _), .notUTF8(let line), .quoteInsideField(let line), .textAfterQuote(let line),
            .quoteNotClosed(let line),
            .repeatedColumn(_, let line), .fieldCount(let line, _, _):
            line
        }
    }
}

extension CSVError: CustomStringConvertible {
    /// The reason and, where possible, the fix, without the line number.
    package var description: String {
        switch self {
        case .empty: "the table is empty: a first line with column names is needed"
        case .notUTF8:
            "the text is neither UTF-8 nor UTF-16 (probably Latin-1 or Windows-1252): save the file as UTF-8"
        case .otherEncoding(let name): "the file is \(name): save it as UTF-8"
        case .otherContent(let name, _): "the file is \(name), not a table"
        case .ambiguousSeparator(let separators):
            "the first line could be split at \(separators.map { "'\($0 == "\t" ? "tab" : $0)'" }.joined(separator: " or at "))"
        case .notJSONLines(_, let reason): "a JSON object on each line is required: \(reason)"
        case .jsonDocument(let isList):
            "the file is one JSON \(isList ? "list" : "object"); a table in JSON has one object on each line (JSON Lines)"
        case .quoteInsideField: "a quote inside a field that does not start with one"
        case .textAfterQuote: "text after the closing quote of a field"
        case .quoteNotClosed: "a quoted field is not closed"
        case .repeatedColumn(let name, _): "the column '\(name)' appears twice"
        case .fieldCount(_, let have, let need): "\(have) \(have == 1 ? "field" : "fields") where the header has \(need)"
        }
    }

    /// One sentence on how to correct the file; `nil` when the message says everything.
    package var hint: String? {
        switch self {
        case .notUTF8: "iconv -f WINDOWS-1252 -t UTF-8 converts the file"
        case .ambiguousSeparator: "use one separator, or quote the names that contain the other"
        case .quoteInsideField: "double the quote, and enclose the field in quotes"
        case .fieldCount(line: _, have: _, need: 1):
            "the first line names the columns: remove a title or comment above them, and name every column"
        case .fieldCount: "enclose a field that contains the separator in quotes"
        case .otherContent(_, let hint): hint
        case .jsonDocument(isList: true): "'jq -c .[] FILE.json > FILE.jsonl' writes each item on a line"
        case .jsonDocument(isList: false): "write each row as one object on its own line; 'jq -c' writes values without line ends"
        case .repeatedColumn: "name each column once; if the first line is data, add a line with column names before it"
        default: nil
        }
    }
}

/// A parser over the bytes of a CSV file.
private struct CSVParser {
    let bytes: [UInt8]
    let separator: UInt8
    private var at = 0
    private var line = 1

    /// - Parameter separator: an ASCII character.
    init(bytes: [UInt8], separator: Character) {
        self.bytes = bytes
        self.separator = separator.asciiValue ?? UInt8(ascii: ",")
        skipSeparatorLine()
    }

    /// Skips the line `sep=;` that spreadsheets put before the header.
    private mutating func skipSeparatorLine() {
        let line = bytes.prefix { $0 != 0x0A }
        let text = String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
        guard text.hasPrefix("sep="), text.utf8.count == 5 || text.utf8.count == 4 else { return }
        at = min(line.count + 1, bytes.count)
        self.line = 2
    }

    /// The fields of the first non-empty line.
    mutating func firstRecord() throws(CSVError) -> [String] { try records(atMost: 1).first?.fields ?? [] }

    mutating func records(atMost limit: Int = .max) throws(CSVError) -> [CSVTable.Row] {
        var rows: [CSVTable.Row] = []
        while at < bytes.count, rows.count < limit {
            let start = line
            var fields = [try field()]
            while at < bytes.count, bytes[at] == separator {
                at += 1
                fields.append(try field())
            }
            skipLineEnd()
            // An empty line is not a record, so a trailing blank line is harmless.
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
        byte == separator || byte == 0x0A || byte == 0x0D
    }

    private func text(_ bytes: ArraySlice<UInt8>) throws(CSVError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notUTF8(line: line) }
        return text
    }
}
