// Reads the images of a dataset from a table.

package import Basics
package import Foundation
package import Specification

/// A row of a table of images, with its position for messages.
package struct TableImage: Hashable, Sendable {
    /// The file of the row; `nil` if all rows are from the table's own file.
    package var file: String?
    /// The line in the file, counted from 1.
    package var line: Int
    /// The image with its label, part and item.
    package var image: LabelledImage

    /// - Parameter line: the line in the file, counted from 1.
    package init(file: String? = nil, line: Int, image: LabelledImage) {
        self.file = file
        self.line = line
        self.image = image
    }
}

/// A row of a table that cannot be used.
package struct TableProblem: Hashable, Sendable {
    /// The file of the row; `nil` if all rows are from the table's own file.
    package var file: String?
    /// The line in the file, counted from 1.
    package var line: Int
    /// The reason, worded to follow the line number in a message.
    package var message: String

    /// - Parameter line: the line in the file, counted from 1.
    package init(file: String? = nil, line: Int, _ message: String) {
        self.file = file
        self.line = line
        self.message = message
    }
}

/// A table of images: paths, label and, if the table has such columns, part and group.
package struct LabelTable: Hashable, Sendable {
    /// The rows, in line order.
    package var rows: [TableImage]

    /// The usual column names of labels, in lower case; the first one is Assay's own name.
    package static let labelNames = ["label", "class", "category", "target", "labels", "class_name", "label_name"]

    /// The usual column names of a table of images, for detecting its separator.
    package static var commonNames: [String] { ImageColumns.pathNames + labelNames + ImageColumns.partNames }

    /// The column names that decide where a table's separator is ambiguous.
    package static func names(_ columns: TableColumns?) -> [String] {
        commonNames + [columns?.path, columns?.label, columns?.split, columns?.group].compactMap { $0 }
    }

    /// Reads separated text or JSON Lines; see ``init(_:columns:label:roots:)``.
    package init(
        parsing data: Data, columns: TableColumns? = nil, label rule: LabelSpec, roots: [String] = []
    ) throws(DatasetError) {
        try self.init(
            RecordTable(parsing: data, names: LabelTable.names(columns)), columns: columns, label: rule, roots: roots)
    }

    /// Reads the images of a table.
    /// - Parameters:
    ///   - columns: the columns that the spec names. A group counts only if it is named here.
    ///   - roots: absolute spellings of the root folder of paths; a path below one of them is made relative.
    /// - Throws: `DatasetError` for the columns, or for all unusable rows together.
    package init(
        _ table: RecordTable, columns: TableColumns? = nil, label rule: LabelSpec, roots: [String] = []
    ) throws(DatasetError) {
        let shared = try ImageColumns(table, columns, roots: roots, groupNames: [])
        let label = try table.requiredColumn(.label, columns?.label, LabelTable.labelNames)
        var rows: [TableImage] = []
        var problems: [TableProblem] = []
        var seen: [ExactText: (line: Int, label: String)] = [:]
        for row in table.rows {
            do throws(RowProblem) {
                let cells = try shared.cells(row)
                let name = try table.text(row, label)
                if table.isJSON, RecordTable.isContainer(name) {
                    throw RowProblem("the label must be a text, not an object or a list")
                }
                let labelled: String
                do { labelled = try rule.label(of: name) } catch { throw RowProblem("\(error)") }
                let key = ExactText(cells.paths.map(LabelTable.safeSpelling).joined(separator: "\u{0}"))
                let file = cells.paths.joined(separator: ", ")
                if let first = seen[key] {
                    throw RowProblem(
                        first.label == labelled
                            ? "'\(file)' is listed twice; first on line \(first.line)"
                            : "'\(file)' has the label '\(labelled)', and '\(first.label)' on line \(first.line)")
                }
                seen[key] = (row.line, labelled)
                rows.append(TableImage(file: row.file, line: row.line, image: LabelledImage(cells, label: labelled)))
            } catch {
                problems.append(TableProblem(file: row.file, line: row.line, error.message))
            }
        }
        guard problems.isEmpty else { throw .rows(problems) }
        guard !rows.isEmpty else { throw .noRows }
        self.rows = rows
    }

    /// The paths of the images in a table, each once, regardless of the other columns; `nil` for a table without a
    /// path column.
    package static func paths(_ table: RecordTable, column named: String?, roots: [String]) -> [String]? {
        ImageColumns.paths(table, column: named, roots: roots)
    }

    /// The images, sorted by label and then by path.
    package var images: [LabelledImage] { rows.map(\.image).sortedByLabel() }

    /// One spelling for `a/b`, `./a/b` and `a//b`.
    private static func safeSpelling(_ path: String) -> String {
        path.pathParts.filter { $0 != "." }.joined(separator: "/")
    }
}

extension LabelledImage {
    /// The image of a row.
    init(_ cells: ImageColumns.Cells, label: String, item: ItemEntry? = nil) {
        self.init(
            path: cells.paths.first ?? "", label: label, part: cells.part,
            more: cells.paths.count > 1 ? Array(cells.paths.dropFirst()) : nil, group: item == nil ? cells.group : nil, item: item
        )
    }
}
