// The rows of a table of images, whatever the format of the file: text, COCO or Pascal VOC.

package import Basics
package import Foundation

/// Rows with named columns, each with its position in a file.
package struct RecordTable: Hashable, Sendable {
    /// One row.
    package struct Row: Hashable, Sendable {
        /// The file of the row; `nil` if all rows are from the table's own file.
        package var file: String?
        /// The line where the row starts, counted from 1.
        package var line: Int
        /// The cells in the order of `header`; objects and lists are JSON.
        package var fields: [String]
        /// For files of annotations: why a column has no value for this image, and what to do, by the column's name.
        package var gaps: [String: String]

        /// - Parameters:
        ///   - file: `nil` if all rows are from the table's own file.
        ///   - gaps: messages about empty cells by the column's name.
        package init(file: String? = nil, line: Int, fields: [String], gaps: [String: String] = [:]) {
            self.file = file
            self.line = line
            self.fields = fields
            self.gaps = gaps
        }
    }

    /// The names of the columns.
    package var header: [String]
    /// The rows in the order of the file.
    package var rows: [Row]
    /// Whether cells may hold JSON because the file is JSON, rather than as text in a cell.
    package var isJSON: Bool

    init(header: [String], rows: [Row], isJSON: Bool) {
        self.header = header
        self.rows = rows
        self.isJSON = isJSON
    }

    /// Reads separated text, JSON Lines, a JSON list of objects, or a JSON object with such a list named `data`.
    /// - Parameter names: the columns that the caller looks for; they decide where the separator is ambiguous.
    /// - Throws: `DatasetError.table`; `DatasetError.annotations` for a JSON list that cannot be read, and
    /// `DatasetError.rows` for its entries that are not objects.
    package init(parsing data: Data, names: [String]) throws(DatasetError) {
        let first = data.first { !($0 == 0x20 || $0 == 0x09 || $0 == 0x0A || $0 == 0x0D) }
        if first == UInt8(ascii: "[") {
            let entries: [JSONListEntry]
            do throws(JSONListError) { entries = try JSONListEntry.list(data) } catch {
                if let other = CSVError.lines(data) { throw .table(other) }
                throw .annotations(line: error.line, error.reason)
            }
            if let other = CSVError.document(.array(entries.map(\.value))) { throw .table(other) }
            self = try RecordTable(entries)
            return
        }
        let table: CSVTable
        do { table = try CSVTable(parsing: data, names: names) } catch {
            guard error.isJSONOfAnotherForm, let entries = try? JSONListEntry.lists(["data"], in: data)["data"] else {
                guard error.isJSONOfAnotherForm else { throw .table(error) }
                let form = (try? JSONValue(parsing: data)).map { CSVError.document($0) } ?? CSVError.lines(data)
                throw .table(form ?? error)
            }
            self = try RecordTable(entries)
            return
        }
        // A document on one line is also a line of JSON.
        if table.form == .jsonLines, table.rows.count == 1, table.header.contains("data"),
            let entries = try? JSONListEntry.lists(["data"], in: data)["data"]
        {
            self = try RecordTable(entries)
            return
        }
        let known = Set(names.map(CSVTable.plainName))
        if table.form == .jsonLines, table.rows.count == 1,
            !table.header.contains(where: { known.contains(CSVTable.plainName($0)) }),
            let other = (try? JSONValue(parsing: data)).flatMap({ CSVError.document($0) })
        {
            throw .table(other)
        }
        // A row of nothing but separators is blank; spreadsheets write such rows below a table.
        let isBlank: (CSVTable.Row) -> Bool = { $0.fields.allSatisfy { $0.allSatisfy(\.isWhitespace) } }
        self.init(
            header: table.header,
            rows: table.rows.filter { table.form == .jsonLines || !isBlank($0) }.map { Row(line: $0.line, fields: $0.fields) },
            isJSON: table.form == .jsonLines)
    }

    /// The entries of a JSON list; every one must be an object.
    private init(_ entries: [JSONListEntry]) throws(DatasetError) {
        let wrong = entries.filter { $0.value.object == nil }
        guard wrong.isEmpty else { throw .rows(wrong.map { TableProblem(line: $0.line, "the entry is not a JSON object") }) }
        let names = Array(Set(entries.flatMap { ($0.value.object ?? [:]).keys })).sortedByBytes()
        self.init(
            header: names,
            rows: entries.map { entry in
                Row(
                    line: entry.line,
                    fields: names.map { name in
                        switch entry.value[name] {
                        case nil, .null: ""
                        case .string(let text): text
                        case let other?: other.canonical
                        }
                    })
            }, isJSON: true)
    }

    /// The index of the column with exactly this name; `nil` when there is none.
    package func column(_ name: String) -> Int? { header.firstIndex(of: name) }
}

extension RecordTable {
    /// The table with the questions of Donut's `ground_truth` as rows: each different question of `gt_parses` becomes a
    /// row with its accepted answers. Unchanged without such a column, or if the table has a column of questions.
    /// - Throws: `DatasetError.rows` for cells that are not such a list.
    package func withQuestionsOfGroundTruth() throws(DatasetError) -> RecordTable {
        guard let place = column("ground_truth"), column("question") == nil, column("answers") == nil,
            rows.contains(where: { $0.fields[place].contains("gt_parses") })
        else { return self }
        var result = RecordTable(header: header + ["question", "answers"], rows: [], isJSON: isJSON)
        var problems: [TableProblem] = []
        for row in rows {
            let document = try? JSONValue(parsing: Data(row.fields[place].utf8))
            var order: [String] = [], answers: [String: [JSONValue]] = [:]
            var isWhole = document?["gt_parses"]?.array?.isEmpty == false
            for entry in document?["gt_parses"]?.array ?? [] {
                guard let question = entry["question"]?.string, let answer = entry["answer"]?.string else {
                    isWhole = false
                    continue
                }
                if answers[question] == nil { order.append(question) }
                answers[question, default: []].append(.string(answer))
            }
            guard isWhole else {
                problems.append(
                    TableProblem(
                        file: row.file, line: row.line,
                        "'ground_truth' has no list 'gt_parses' of objects with 'question' and 'answer'"))
                continue
            }
            for question in order {
                var row = row
                row.fields += [question, JSONValue.array(answers[question] ?? []).canonical]
                result.rows.append(row)
            }
        }
        guard problems.isEmpty else { throw .rows(problems) }
        return result
    }
}

extension CSVError {
    /// Whether the text may be JSON, but not an object on each line.
    fileprivate var isJSONOfAnotherForm: Bool {
        switch self {
        case .notJSONLines, .jsonDocument: true
        default: false
        }
    }
}
