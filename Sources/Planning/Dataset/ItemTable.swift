// Reads the items of a task from a table. Several rows may use the same image, and a row may have several images.

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

    /// The column names that decide where a table's separator is ambiguous.
    package static func names(_ columns: TableColumns?, task: any TaskDefinition) -> [String] {
        LabelTable.commonNames + idNames + type(of: task).columns.flatMap(\.commonNames)
            + [columns?.path, columns?.split, columns?.id, columns?.group].compactMap { $0 } + (columns?.roles ?? [:]).values
    }

    /// Reads separated text or JSON Lines; see ``init(_:columns:task:roots:)``.
    package init(
        parsing data: Data, columns: TableColumns? = nil, task: any TaskDefinition, roots: [String] = []
    ) throws(DatasetError) {
        try self.init(
            RecordTable(parsing: data, names: ItemTable.names(columns, task: task)), columns: columns, task: task, roots: roots)
    }

    /// Reads the items of a table.
    /// - Parameters:
    ///   - columns: the columns that the spec names.
    ///   - roots: absolute spellings of the root folder of paths; a path below one of them is made relative.
    /// - Throws: `DatasetError` for the columns, or for all unusable rows together.
    package init(
        _ records: RecordTable, columns: TableColumns? = nil, task: any TaskDefinition, roots: [String] = []
    ) throws(DatasetError) {
        let taskColumns = type(of: task).columns
        let asks = Set(taskColumns.map(\.role)).isSuperset(of: ["question", "answers"])
        let table = asks ? try records.withQuestionsOfGroundTruth() : records
        let shared = try ImageColumns(table, columns, roots: roots, groupNames: ItemTable.groupNames)
        let id = try table.optionalColumn(.id, columns?.id, ItemTable.idNames)
        var places: [(column: TaskColumn, index: Int)] = []
        for column in taskColumns {
            let role = DatasetError.ColumnRole(column.role, column.meaning)
            let name = column.role == "label" ? columns?.label : columns?.roles?[column.role]
            let index =
                column.isRequired
                ? try table.requiredColumn(role, name, column.commonNames)
                : try table.optionalColumn(role, name, column.isFoundByName ? column.commonNames : [])
            if let index { places.append((column, index)) }
        }
        let names = Dictionary(uniqueKeysWithValues: places.map { ($0.column.role, table.header[$0.index]) })
        var rows: [TableImage] = []
        var problems: [TableProblem] = []
        var ids: [ExactText: RecordTable.Row] = [:]
        var uses: [ExactText: Int] = [:]
        for row in table.rows {
            do throws(RowProblem) {
                let cells = try shared.cells(row)
                let values = Dictionary(uniqueKeysWithValues: places.map { ($0.column.role, row.fields[$0.index]) })
                let reference: JSONValue
                do throws(TaskRowError) {
                    reference = try task.reference(of: TaskRow(cells: values, names: names))
                } catch {
                    // Annotations have no columns that a message could name.
                    let gaps = places.compactMap { row.gaps[table.header[$0.index]] }
                    throw RowProblem(gaps.first ?? error.message)
                }
                var variables: [String: String] = [:]
                for (column, index) in places where column.isVariable {
                    let text = row.fields[index].trimmingCharacters(in: .whitespacesAndNewlines)
                    if text.isEmpty, column.isRequired { throw RowProblem("the column '\(table.header[index])' is empty") }
                    variables[column.role] = text
                }
                let file = cells.paths.first ?? ""
                let number = uses[ExactText(file), default: 0] + 1
                uses[ExactText(file)] = number
                let name: String
                if let id { name = try table.text(row, id) } else { name = number == 1 ? file : "\(file)#\(number)" }
                if let first = ids[ExactText(name)] {
                    throw RowProblem(
                        "the id '\(name)' occurs twice; first \(first.file.map { "in '\($0)' " } ?? "")on line \(first.line)")
                }
                ids[ExactText(name)] = row
                let item = ItemEntry(
                    id: name, group: cells.group ?? file, variables: variables.isEmpty ? nil : variables, reference: reference)
                rows.append(TableImage(file: row.file, line: row.line, image: LabelledImage(cells, label: "", item: item)))
            } catch {
                problems.append(TableProblem(file: row.file, line: row.line, error.message))
            }
        }
        guard problems.isEmpty else { throw .rows(problems) }
        guard !rows.isEmpty else { throw .noRows }
        self.rows = rows
        vocabulary = task.vocabulary(of: rows.compactMap { $0.image.item?.reference })
    }
}
