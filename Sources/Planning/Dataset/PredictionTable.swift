// Reads a table of images to predict: paths, and the texts that the task asks about them.

import Basics
import Foundation
import Specification
package import TaskKit

/// A table of images to predict. Unlike a dataset's table, it needs no reference, and its paths may lead anywhere.
package struct PredictionTable: Hashable, Sendable {
    /// One image to predict, with the cells that its prompt or program may use.
    package struct Row: Hashable, Sendable {
        /// The line in the file, counted from 1.
        package var line: Int
        /// The cell with the path; empty if the cell is.
        package var path: String
        /// The texts for the task's variables, such as `question`; without those that the table lacks.
        package var variables: [String: String]
    }

    /// The rows in the order of the file.
    package var rows: [Row]

    /// Finds the columns by their usual names.
    /// - Parameter task: `nil` for classification.
    /// - Throws: `DatasetError` for a table that cannot be parsed, or without one column for the path.
    package init(_ content: (_ names: [String]) throws -> RecordTable, task: (any TaskDefinition)?) throws {
        let columns = task.map { type(of: $0).columns.filter(\.isVariable) } ?? []
        let table = try content(ImageColumns.pathNames + columns.flatMap(\.commonNames))
        let path = try table.requiredColumn(.path, nil, ImageColumns.pathNames)
        var places: [(role: String, index: Int)] = []
        for column in columns where column.isFoundByName {
            let role = DatasetError.ColumnRole(column.role, column.meaning)
            if let index = try table.optionalColumn(role, nil, column.commonNames) { places.append((column.role, index)) }
        }
        rows = table.rows.map { row in
            let texts = places.map { ($0.role, row.fields[$0.index].trimmingCharacters(in: .whitespacesAndNewlines)) }
            return Row(
                line: row.line, path: row.fields[path].trimmingCharacters(in: .whitespaces),
                variables: Dictionary(texts.filter { !$0.1.isEmpty }, uniquingKeysWith: { first, _ in first }))
        }
    }

    /// The variables that every item of a task needs, in the order of its columns.
    /// - Parameter task: `nil` for classification.
    package static func requiredVariables(of task: (any TaskDefinition)?) -> [String] {
        task.map { type(of: $0).columns.filter { $0.isVariable && $0.isRequired }.map(\.role) } ?? []
    }
}
