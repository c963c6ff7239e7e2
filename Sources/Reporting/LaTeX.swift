// Escapes text for LaTeX and writes tables in it; no other code does.

import Basics

/// Escapes text for LaTeX, so that no text can start a command or leave its cell.
package enum LaTeX {
    /// A `table` environment for `\\input` in a document. It uses no packages.
    /// - Parameter subject: text before the table's title in the caption.
    package static func table(_ table: ReportTable, subject: String? = nil) -> String {
        func line(_ cells: [String]) -> String { cells.map(escaped).joined(separator: " & ") + " \\\\\n" }
        let columns = table.columns.map { $0.isNumber ? "r" : "l" }.joined()
        return "\\begin{table}\n\\caption{\(escaped((subject.map { "\($0). " } ?? "") + table.title))}\n"
            + "\\label{tab:assay-\(table.name)}\n\\begin{tabular}{\(columns)}\n\\hline\n" + line(table.columns.map(\.title))
            + "\\hline\n" + table.rows.map(line).joined() + "\\hline\n\\end{tabular}\n\\end{table}\n"
    }

    /// Text that LaTeX typesets literally, on one line. Characters that are special anywhere, also after `\\` or as
    /// ligatures, are written so that they are not; control characters become `?`, which every font has.
    package static func escaped(_ text: String) -> String {
        var result = ""
        var before: Unicode.Scalar?
        for scalar in text.unicodeScalars {
            defer { before = scalar }
            switch scalar {
            case "\\": result += "\\textbackslash{}"
            case "{", "}", "$", "&", "#", "_", "%": result += "\\" + String(scalar)
            case "^": result += "\\textasciicircum{}"
            case "~": result += "\\textasciitilde{}"
            case "<": result += "\\textless{}"
            case ">": result += "\\textgreater{}"
            case "|": result += "\\textbar{}"
            case "\"": result += "{\\char`\\\"}"
            // After the end of a row, a bracket or star would belong to the command.
            case "[", "]", "*": result += "{" + String(scalar) + "}"
            case "-", "'", "`", ",", "!", "?":
                result += before == scalar || scalar == "`" ? "{}" + String(scalar) : String(scalar)
            case "\u{2212}": result += "$-$"
            case "–": result += "--"
            case "—": result += "---"
            case "…": result += "\\ldots{}"
            case "×": result += "$\\times$"
            case "±": result += "$\\pm$"
            case "·": result += "$\\cdot$"
            case "≤": result += "$\\le$"
            case "≥": result += "$\\ge$"
            case "→": result += "$\\to$"
            case "✓": result += "+"
            case "✗": result += "x"
            case "\u{A0}": result += "~"
            default:
                if TerminalText.isControl(scalar) || scalar == "\u{FFFE}" || scalar == "\u{FFFF}" {
                    result += "?"
                } else if scalar.properties.isWhitespace {
                    result += " "
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}
