// Reads a table of recorded answers: one column of references, one column per model.

package import Basics
package import Foundation
package import TaskKit

/// The table to audit and how to read it.
package struct AuditRequest: Sendable {
    /// The path as the user wrote it, for messages: the values of its variables may be secrets.
    package var file: String
    /// The path to read.
    package var path: String
    /// Parses references and answers, and scores them.
    package var task: any TaskDefinition
    /// Column names by role (`reference`, `id`, `group`, `split`, `question`), as set by the user.
    package var roles: [String: String]
    /// The answer columns; if empty, every remaining column.
    package var models: [String]
    /// The part to score, for tables with a `split` column. `nil` selects `test` if the column contains it, else
    /// every row.
    package var split: String?

    /// - Parameters:
    ///   - path: the path to read; `nil` for the one that the user wrote.
    ///   - models: the answer columns; empty for every remaining column.
    package init(
        file: String, path: String? = nil, task: any TaskDefinition, roles: [String: String] = [:], models: [String] = [],
        split: String? = nil
    ) {
        self.file = file
        self.path = path ?? file
        self.task = task
        self.roles = roles
        self.models = models
        self.split = split
    }
}

/// The rows of a table as items, with each model's answers.
package struct AuditInput: Sendable {
    /// One recorded answer.
    package enum Answer: Hashable, Sendable {
        case text(String)
        /// An empty answer, which counts as wrong.
        case empty
        /// `null` or an absent member in a JSON line: no answer was received, so it is excluded.
        case missing
    }

    /// A column of answers.
    package struct Model: Sendable {
        /// The column's name.
        package var name: String
        /// One answer for each item, in the order of the items.
        package var answers: [Answer]
    }

    /// The rows to score, in the order of the table.
    package private(set) var items: [TaskItem] = []
    /// The models in the order of their columns, with one answer for each item.
    package private(set) var models: [Model] = []
    /// Number of rows in each part that is not scored.
    package private(set) var excluded: [String: Int] = [:]
    /// Number of rows without content below the last row, which are not scored.
    package private(set) var blankRows = 0
    /// The part that is scored; `nil` if every row is.
    package private(set) var split: String?
    /// The name of the column with the references.
    package private(set) var referenceColumn = ""
    /// Columns whose names say that they contain measurements, remarks or references instead of answers.
    package private(set) var unusedColumns: [String] = []

    /// Maximum number of models, as every pair of them is compared.
    package static let maxModels = 30

    /// Columns that are not taken as answers unless the user names them: places and sizes of images.
    private static let places: Set<String> = [
        "id", "group", "split", "path", "file", "file_name", "filename", "image", "image_name", "image_path", "index", "width",
        "height",
    ]
    /// The same: measurements and remarks that other tools write next to answers, alone or after a model's name
    /// (`base_confidence`).
    private static let measurements = [
        "confidence", "score", "probability", "prob", "logprob", "latency", "latency_ms", "ms", "seconds", "cost", "cost_usd",
        "usd", "tokens", "correct", "is_correct", "timestamp", "seed", "note", "notes", "comment",
    ]

    /// The same: a second column with the reference, such as the label's number next to its name.
    private static let references: Set<String> = ["reference", "truth", "ground_truth", "true_label", "y_true", "expected"]

    /// Whether a column is left out unless the user names it; a column without a name is the index of a data frame.
    private static func isNoAnswer(_ column: String) -> Bool {
        let name = plainName(column)
        return name.isEmpty || name.hasPrefix("unnamed:") || references.contains(name)
            || measurements.contains { name == $0 || name.hasSuffix("_" + $0) }
    }

    /// A column's name in lower case, with `_` for spaces and hyphens.
    private static func plainName(_ column: String) -> String {
        String(column.lowercased().map { $0 == " " || $0 == "-" ? "_" : $0 })
    }

    /// Parses a table.
    /// - Throws: `DiagnosticsError` with every unusable row, each with its line and column.
    package init(_ data: Data, _ request: AuditRequest) throws(DiagnosticsError) {
        let columns = type(of: request.task).columns
        let names = columns.flatMap(\.commonNames) + ["id", "group", "split"] + request.models + Array(request.roles.values)
        var read: CSVTable
        do { read = try CSVTable(parsing: data, names: names) } catch {
            throw AuditInput.failure("\(error)", request.file, error.line, hint: error.hint)
        }
        // Spreadsheets write separators below the last row. Between rows, such a line may be an image without tags.
        while read.form != .jsonLines, let last = read.rows.last, last.fields.allSatisfy({ $0.allSatisfy(\.isWhitespace) }) {
            read.rows.removeLast()
            blankRows += 1
        }
        let table = read
        let places = CellPlaces(data, table.form)
        func column(_ role: String, _ usual: [String], isNeeded: Bool) throws(DiagnosticsError) -> Int? {
            if let name = request.roles[role] {
                guard let at = table.column(name) else {
                    throw AuditInput.failure(
                        "there is no column '\(name)' for the \(role)", request.file, 1,
                        hint: AuditInput.available(table.header, like: name))
                }
                return at
            }
            for name in usual { if let at = table.header.firstIndex(where: { AuditInput.plainName($0) == name }) { return at } }
            guard !isNeeded else {
                throw AuditInput.failure(
                    "there is no column with the reference (\(usual.joined(separator: ", ")))", request.file, 1,
                    hint: table.mayLackHeader
                        ? CSVTable.headerHint
                        : "name it with '--columns reference=COLUMN'; the columns are "
                            + AuditInput.list(table.header))
            }
            return nil
        }
        // The first required column of a task is its reference.
        let main = columns.first { $0.isRequired && !$0.isVariable } ?? columns.first
        let mainRole = main?.role ?? "reference"
        let roles = ["reference", "id", "group", "split"] + columns.map(\.role).filter { $0 != mainRole }
        for role in request.roles.keys.sorted() where !roles.contains(role) {
            throw AuditInput.failure(
                role == mainRole ? "the role of the column '\(role)' is 'reference'" : "'\(role)' is not the role of a column",
                request.file, 1,
                hint: role == mainRole
                    ? "write reference=\(request.roles[role] ?? role)"
                    : nearest(to: role, among: roles).map { "did you mean '\($0)'?" }
                        ?? "the roles are \(roles.joined(separator: ", "))")
        }
        guard let reference = try column("reference", main?.commonNames ?? ["reference"], isNeeded: true) else { return }
        referenceColumn = table.header[reference]
        let id = try column("id", ["id"], isNeeded: false), group = try column("group", ["group"], isNeeded: false)
        let part = try column("split", ["split"], isNeeded: false)
        var others: [String: Int] = [:]
        for other in columns where other.role != mainRole {
            others[other.role] = try column(other.role, other.commonNames, isNeeded: false)
        }
        let taken = Set([reference, id, group, part].compactMap { $0 } + others.values)
        var answers: [Int] = []
        if request.models.isEmpty {
            let others = table.header.indices.filter {
                !taken.contains($0) && !AuditInput.places.contains(AuditInput.plainName(table.header[$0]))
            }
            answers = others.filter { !AuditInput.isNoAnswer(table.header[$0]) }
            unusedColumns = others.map { table.header[$0] }.filter { !$0.isEmpty && AuditInput.isNoAnswer($0) }
        } else {
            for name in request.models {
                guard let at = table.column(name) else {
                    throw AuditInput.failure(
                        "there is no column '\(name)'", request.file, 1, hint: AuditInput.available(table.header, like: name))
                }
                guard !answers.contains(at), at != reference else {
                    throw AuditInput.failure("the column '\(name)' is named twice", request.file, 1)
                }
                answers.append(at)
            }
        }
        guard !answers.isEmpty else {
            throw AuditInput.failure(
                "there is no column with a model's answers", request.file, 1,
                hint: "every column besides the reference, id, group and split contains one model's answers")
        }
        guard answers.count <= AuditInput.maxModels else {
            throw AuditInput.failure(
                "\(answers.count) columns contain answers; at most \(AuditInput.maxModels) models are compared at once",
                request.file, 1, hint: "name the columns with '--columns \(table.header[answers[0]].prefix(40)),…'")
        }
        let parts = Set(part.map { part in table.rows.map { AuditInput.partName($0.fields[part]) } } ?? [])
        split = request.split.map(AuditInput.partName) ?? (parts.contains("test") ? "test" : nil)
        if let wanted = request.split, !parts.contains(AuditInput.partName(wanted)) {
            throw AuditInput.failure(
                part == nil ? "there is no column 'split', so no part '\(wanted)'" : "no row is in the part '\(wanted)'",
                request.file, 1,
                hint: parts.isEmpty ? nil : "the parts are \(parts.sorted().joined(separator: ", "))")
        }
        models = answers.map { Model(name: table.header[$0], answers: []) }
        let absent = table.form == .jsonLines ? AuditInput.absentMembers(data) : [:]
        var diagnostics: [Diagnostic] = []
        var seen: [String: Int] = [:]
        func report(_ message: String, _ row: CSVTable.Row, _ column: Int, hint: String? = nil) {
            let range = SourceRange(file: request.file, line: row.line, column: places.column(line: row.line, field: column))
            diagnostics.append(Diagnostic(code: "bad-answers", message, at: range, hint: hint))
        }
        for row in table.rows {
            if let part, let split, AuditInput.partName(row.fields[part]) != split {
                excluded[AuditInput.partName(row.fields[part]), default: 0] += 1
                continue
            }
            let name = id.map { row.fields[$0] } ?? String(items.count + 1)
            if let id {
                if name.isEmpty { report("the id is empty", row, id) }
                if let line = seen.updateValue(row.line, forKey: name) {
                    report(
                        "the id '\(name)' already occurs on line \(line)", row, id,
                        hint: "one row contains the answers of all models to one item")
                }
            }
            var cells: [String: String] = [mainRole: row.fields[reference]]
            var columnNames = [mainRole: table.header[reference]]
            for (role, at) in others {
                cells[role] = row.fields[at]
                columnNames[role] = table.header[at]
            }
            do {
                let value = try request.task.reference(of: TaskRow(cells: cells, names: columnNames))
                let groupName = group.map { row.fields[$0] } ?? ""
                let variables = columns.filter(\.isVariable).reduce(into: [String: String]()) { $0[$1.role] = cells[$1.role] }
                items.append(
                    TaskItem(
                        id: name, images: [], group: groupName.isEmpty ? name : groupName, variables: variables, reference: value)
                )
            } catch {
                report(error.message, row, reference)
                continue
            }
            for (model, at) in answers.enumerated() {
                let text = row.fields[at]
                let isMissing = absent[row.line].map { !$0.contains(table.header[at]) } ?? false
                models[model].answers.append(
                    isMissing ? .missing : text.allSatisfy(\.isWhitespace) ? .empty : .text(text))
            }
        }
        if !diagnostics.isEmpty { throw DiagnosticsError(diagnostics) }
        guard !items.isEmpty else { throw AuditInput.failure("the table has no rows to score", request.file, 1) }
    }

    /// For each line, the members with a value other than null.
    private static func absentMembers(_ data: Data) -> [Int: Set<String>] {
        var found: [Int: Set<String>] = [:]
        // In the encoding that the table was read in.
        let bytes = (try? TableText.utf8(data)) ?? []
        for (at, line) in bytes.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            guard let members = (try? JSONValue(parsing: Data(line)))?.object else { continue }
            found[at + 1] = Set(members.filter { !$0.value.isNull }.keys)
        }
        return found
    }

    /// The first names, each cut to a readable length.
    private static func list(_ names: [String]) -> String {
        names.prefix(20).map { $0.count > 60 ? String($0.prefix(60)) + "…" : $0 }.joined(separator: ", ")
            + (names.count > 20 ? " and \(names.count - 20) more" : "")
    }

    private static func available(_ header: [String], like name: String) -> String {
        nearest(to: name, among: header).map { "did you mean '\($0)'?" }
            ?? "the columns are \(list(header))"
    }

    /// The name of a part without case and surrounding white space, which datasets ignore too.
    private static func partName(_ text: String) -> String {
        text.trimmingCharacters(in: .whitespacesAndNewlines).lowercased()
    }

    private static func failure(_ message: String, _ file: String, _ line: Int, hint: String? = nil) -> DiagnosticsError {
        DiagnosticsError([
            Diagnostic(code: "bad-answers", message, at: SourceRange(file: file, line: line, column: 1), hint: hint)
        ])
    }
}

/// The locations of a CSV file's cells, for messages.
private struct CellPlaces {
    private let lines: [Data]
    private let separator: Character?

    init(_ data: Data, _ form: CSVTable.Form) {
        lines = data.split(separator: 0x0A, omittingEmptySubsequences: false)
        if case .separated(let separator) = form { self.separator = separator } else { separator = nil }
    }

    /// The column of a field's first character; 1 if the field begins on a later line than its row, or if the file is
    /// JSON.
    func column(line: Int, field: Int) -> Int {
        guard let separator, lines.indices.contains(line - 1) else { return 1 }
        var at = 0, column = 1, isQuoted = false
        for character in String(decoding: lines[line - 1], as: UTF8.self) {
            if at == field { return column }
            if character == "\"" { isQuoted.toggle() } else if character == separator, !isQuoted { at += 1 }
            column += 1
        }
        return at == field ? column : 1
    }
}
