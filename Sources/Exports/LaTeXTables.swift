// LaTeX: the tables of a report.

import Basics
import Reporting

extension ExportSource {
    /// The tables of results, comparisons and claims as `table` environments, for `\input` in a document. They use no
    /// packages.
    package func latex() -> String {
        var text =
            "% \(LaTeX.escaped(results.experiment)), run \(LaTeX.escaped(results.run.text)), Assay \(LaTeX.escaped(results.version))\n"
        for (number, table) in report.tables.enumerated() {
            let columns = table.columns.map { $0.isNumeric ? "r" : "l" }.joined()
            text += """

                \\begin{table}
                \\caption{\(LaTeX.escaped("\(results.experiment). \(table.title)"))}
                \\label{tab:assay-\(number + 1)}
                \\begin{tabular}{\(columns)}
                \\hline
                \(table.columns.map { LaTeX.escaped($0.title) }.joined(separator: " & ")) \\\\
                \\hline

                """
            for row in table.rows { text += row.map(LaTeX.escaped).joined(separator: " & ") + " \\\\\n" }
            text += "\\hline\n\\end{tabular}\n\\end{table}\n"
        }
        return text
    }
}

/// Escapes text for LaTeX.
package enum LaTeX {
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
