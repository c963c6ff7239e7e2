// Escapes text for LaTeX and writes tables in it; no other code does.

import Basics

/// LaTeX source that shows any text literally: no text becomes a command, a comment or a change of mode.
enum LaTeX {
    /// A floating table with the rules of `booktabs`. Latin text needs pdfLaTeX; names in other scripts need LuaLaTeX
    /// or XeLaTeX.
    static func table(_ table: ReportTable) -> String {
        func line(_ cells: [String]) -> String { "    " + cells.map(text).joined(separator: " & ") + " \\\\\n" }
        let columns = table.columns.map { $0.isNumber ? "r" : "l" }.joined()
        return "% Requires \\usepackage{booktabs}.\n\\begin{table}\n  \\centering\n  \\caption{\(text(table.title))}\n"
            + "  \\begin{tabular}{\(columns)}\n    \\toprule\n" + line(table.columns.map(\.title)) + "    \\midrule\n"
            + table.rows.map(line).joined() + "    \\bottomrule\n  \\end{tabular}\n\\end{table}\n"
    }

    /// Text on one line.
    static func text(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": result += "\\textbackslash{}"
            case "{", "}", "$", "&", "#", "%", "_": result += "\\\(scalar)"
            case "~": result += "\\textasciitilde{}"
            case "^": result += "\\textasciicircum{}"
            case "<": result += "\\textless{}"
            case ">": result += "\\textgreater{}"
            case "|": result += "\\textbar{}"
            case "\"": result += "\\textquotedbl{}"
            // A bracket at the start of a row would be the argument of the line break before it.
            case "[", "]": result += "{\(scalar)}"
            case "−": result += "$-$"
            case "×": result += "$\\times$"
            case "→": result += "$\\rightarrow$"
            case "≤": result += "$\\leq$"
            case "≥": result += "$\\geq$"
            case "±": result += "$\\pm$"
            case "✓": result += "+"
            case "✗": result += "x"
            case "…": result += "\\ldots{}"
            case "–": result += "--"
            case "\u{A0}": result += "~"
            default:
                if scalar.properties.isWhitespace {
                    result += " "
                } else if TerminalText.isControl(scalar) || scalar == "\u{FFFD}" {
                    result += "?"
                } else {
                    result.unicodeScalars.append(scalar)
                }
            }
        }
        return result
    }
}
