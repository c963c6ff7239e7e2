// Reads the items of a task from a table. Several rows may use the same image.

package import Basics
package import Foundation
package import Specification
package import TaskKit

/// A table of items of a task other than classification.
package struct ItemTable: Hashable, Sendable {
    /// The rows, in line order, each with its item.
    package var rows: [TableImage]
    /// The names that references use; see ``TaskDefinition/vocabulary(of:)``.
    package var vocabulary: [String]

    private static let idNames = ["id", "question_id", "questionid", "item"]
    private static let groupNames = ["group", "document", "doc_id", "docid", "clip", "patient"]

    /// Reads a table.
    /// - Parameters:
    ///   - columns: the columns that the spec names.
    ///   - roots: absolute spellings of the root folder of paths; a path below one of them is made relative.
    /// - Throws: `DatasetError` for the file, for its columns, or for all unusable rows together.
    package init(
        parsing data: Data, columns: TableColumns? = nil, task: any TaskDefinition, roots: [String] = []
    ) throws(DatasetError) {
        let taskColumns = type(of: task).columns
        let named =
            [columns?.path, columns?.split, columns?.id, columns?.group].compactMap { $0 }
            + (columns?.roles ?? [:]).values
        let table: CSVTable
        let usual = LabelTable.pathNames + LabelTable.partNames + ItemTable.idNames + taskColumns.flatMap(\.usualNames)
        do { table = try CSVTable(parsing: data, names: usual + named) } catch { throw .table(error) }
        let path = try LabelTable.column(.path, columns?.path, LabelTable.pathNames, in: table)
        let part = try LabelTable.partColumn(columns?.split, in: table)
        let id = try ItemTable.optional(.id, columns?.id, ItemTable.idNames, in: table)
        let group = try ItemTable.optional(.group, columns?.group, ItemTable.groupNames, in: table)
        var places: [(column: TaskColumn, index: Int)] = []
        for column in taskColumns {
            let role = DatasetError.ColumnRole(column.role, column.meaning)
            let name = column.role == "label" ? columns?.label : columns?.roles?[column.role]
            let index =
                column.isRequired
                ? try LabelTable.column(role, name, column.usualNames, in: table)
                : try ItemTable.optional(role, name, column.usualNames, in: table)
            if let index { places.append((column, index)) }
        }
        let names = Dictionary(uniqueKeysWithValues: places.map { ($0.column.role, table.header[$0.index]) })
        var rows: [TableImage] = []
        var problems: [TableProblem] = []
        var ids: [ExactText: Int] = [:]
        var uses: [ExactText: Int] = [:]
        for row in table.rows {
            func problem(_ message: String) { problems.append(TableProblem(line: row.line, message)) }
            let stated = row.fields[path].trimmingCharacters(in: .whitespaces)
            guard !stated.isEmpty else {
                problem("the column '\(table.header[path])' is empty")
                continue
            }
            if table.form == .jsonLines, stated.hasPrefix("{") || stated.hasPrefix("[") {
                problem("the path must be one text")
                continue
            }
            let file: String
            switch LabelTable.relative(stated, roots: roots) {
            case .success(let relative): file = relative
            case .failure(let reason):
                problem(reason.message)
                continue
            }
            var of: SplitPart?
            if let part, case let word = row.fields[part].trimmingCharacters(in: .whitespaces), !word.isEmpty {
                of = SplitPart(folder: word)
                if of == nil {
                    problem("'\(word)' is not a part of a split (train, val, test)")
                    continue
                }
            }
            let cells = Dictionary(uniqueKeysWithValues: places.map { ($0.column.role, row.fields[$0.index]) })
            let reference: JSONValue
            do throws(TaskRowError) {
                reference = try task.reference(of: TaskRow(cells: cells, names: names))
            } catch {
                problem(error.message)
                continue
            }
            var variables: [String: String] = [:]
            var isComplete = true
            for (column, index) in places where column.isVariable {
                let text = row.fields[index].trimmingCharacters(in: .whitespacesAndNewlines)
                if text.isEmpty, column.isRequired {
                    problem("the column '\(table.header[index])' is empty")
                    isComplete = false
                }
                variables[column.role] = text
            }
            guard isComplete else { continue }
            let key = ExactText(file)
            let number = uses[key, default: 0] + 1
            uses[key] = number
            let name: String
            if let id {
                name = row.fields[id].trimmingCharacters(in: .whitespaces)
                guard !name.isEmpty else {
                    problem("the column '\(table.header[id])' is empty")
                    continue
                }
            } else {
                name = number == 1 ? file : "\(file)#\(number)"
            }
            if let first = ids[ExactText(name)] {
                problem("the id '\(name)' is given twice; first on line \(first)")
                continue
            }
            ids[ExactText(name)] = row.line
            let owner = group.map { row.fields[$0].trimmingCharacters(in: .whitespaces) } ?? file
            guard !owner.isEmpty else {
                problem("the column '\(table.header[group ?? 0])' is empty")
                continue
            }
            rows.append(
                TableImage(
                    line: row.line,
                    image: LabelledImage(
                        path: file, label: "", part: of,
                        item: ItemEntry(
                            id: name, group: owner, variables: variables.isEmpty ? nil : variables, reference: reference))))
        }
        guard problems.isEmpty else { throw .rows(problems) }
        guard !rows.isEmpty else { throw .noRows }
        self.rows = rows
        vocabulary = task.vocabulary(of: rows.compactMap { $0.image.item?.reference })
    }

    /// An optional column; `nil` when it is absent. A column that the spec names must exist.
    private static func optional(
        _ role: DatasetError.ColumnRole, _ named: String?, _ usual: [String], in table: CSVTable
    ) throws(DatasetError) -> Int? {
        if named != nil { return try LabelTable.column(role, named, usual, in: table) }
        guard table.header.contains(where: { usual.contains($0.lowercased()) }) else { return nil }
        return try LabelTable.column(role, nil, usual, in: table)
    }
}
