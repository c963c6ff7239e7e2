// A plain-text table: aligned columns for terminals, pipe syntax for Markdown.

import Basics

struct TextTable {
    enum Alignment: Sendable { case left, right }

    var columns: [(title: String, alignment: Alignment)]
    var rows: [[String]] = []

    /// Columns padded to their widest cell and separated by two spaces, with a rule below the titles.
    func aligned() -> [String] {
        let widths = columns.indices.map { column in
            ([columns[column].title] + rows.map { $0[column] }).map(\.terminalColumns).max() ?? 0
        }
        func line(_ cells: [String]) -> String {
            let padded = cells.enumerated().map { at, cell in
                let padding = String(repeating: " ", count: widths[at] - cell.terminalColumns)
                return columns[at].alignment == .right ? padding + cell : cell + padding
            }
            let text = padded.joined(separator: "  ")
            return String(text[..<(text.lastIndex { $0 != " " }.map { text.index(after: $0) } ?? text.startIndex)])
        }
        let rule = widths.map { String(repeating: "─", count: $0) }.joined(separator: "  ")
        return [line(columns.map(\.title)), rule] + rows.map(line)
    }

    /// The table as Markdown, with escaped cells.
    func markdown() -> String {
        func line(_ cells: [String]) -> String {
            "| " + cells.map(Markup.markdown).joined(separator: " | ") + " |\n"
        }
        let marks = columns.map { $0.alignment == .right ? "---:" : "---" }
        return line(columns.map(\.title)) + "|" + marks.joined(separator: "|") + "|\n" + rows.map(line).joined()
    }
}
