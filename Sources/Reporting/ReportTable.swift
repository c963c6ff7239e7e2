// A table of a report as CSV, LaTeX and Markdown.

import Basics

/// A table as a page shows it, for spreadsheets and documents. Its cells are the page's text: rounded, with units.
package struct ReportTable: Hashable, Sendable {
    /// A column of the table.
    package struct Column: Hashable, Sendable {
        /// The text of the header cell.
        package var title: String
        /// Whether the cells are numbers, which are aligned at the right.
        package var isNumber: Bool

        /// - Parameter isNumber: whether the cells are aligned at the right.
        package init(_ title: String, isNumber: Bool = false) {
            self.title = title
            self.isNumber = isNumber
        }
    }

    /// The forms that a table can be written in; raw values are file name extensions.
    package enum Form: String, CaseIterable, Sendable { case csv, tex, md }

    /// The table's name, unique within its page: lower-case ASCII letters, digits and hyphens.
    package var name: String
    /// The caption.
    package var title: String
    /// The columns in order.
    package var columns: [Column]
    /// The cells of each row, one per column.
    package var rows: [[String]]

    /// - Parameter name: lower-case ASCII letters, digits and hyphens, unique within the page.
    package init(name: String, title: String, columns: [Column], rows: [[String]]) {
        self.name = name
        self.title = title
        self.columns = columns
        self.rows = rows
    }

    /// The table as a file of the given form.
    package func text(_ form: Form) -> String {
        switch form {
        case .csv: (CSV.line(columns.map(\.title)) + rows.map(CSV.line).joined())
        case .md: text.markdown()
        case .tex: LaTeX.table(self)
        }
    }

    private var text: TextTable {
        TextTable(columns: columns.map { ($0.title, $0.isNumber ? .right : .left) }, rows: rows)
    }
}
