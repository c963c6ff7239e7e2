// Shows diagnostics as text with the line they are about: the only place that does.

package import Basics

/// `file:line:column: error[code]: message`, the line, a caret, the related places, a hint.
package struct DiagnosticRenderer {
    private let sources: SourceTexts

    package init(sources: SourceTexts) { self.sources = sources }

    package func render(_ diagnostics: [Diagnostic]) -> String {
        diagnostics.map(render).joined(separator: "\n")
    }

    package func render(_ diagnostic: Diagnostic) -> String {
        let head = "\(diagnostic.severity.rawValue)[\(diagnostic.code)]: \(diagnostic.message)"
        var lines = [diagnostic.range.map { "\($0.place): \(head)" } ?? head]
        if let range = diagnostic.range { lines += excerpt(range) }
        if let hint = diagnostic.hint { lines.append("  hint: \(hint)") }
        for note in diagnostic.notes {
            lines.append("  " + (note.range.map { "\($0.place): " } ?? "") + "note: \(note.message)")
            if let range = note.range { lines += excerpt(range) }
        }
        return lines.joined(separator: "\n")
    }

    /// The line with its number, and a caret below what is meant. Of a very long line only what is near is shown.
    private func excerpt(_ range: SourceRange) -> [String] {
        guard let text = sources.line(range.line, of: range.file) else { return [] }
        var scalars = Array(DiagnosticRenderer.masked(text).unicodeScalars)
        var column = range.column - 1
        guard column <= scalars.count else { return [] }
        let width = 160
        if scalars.count > width {
            let start = max(0, min(column - 60, scalars.count - width))
            scalars = Array(scalars[start..<min(scalars.count, start + width)])
            column -= start
        }
        let number = String(range.line)
        let gutter = String(repeating: " ", count: number.count)
        // Tabs stay tabs, so that the caret stands below its character however wide they are shown.
        var pad = ""
        for scalar in scalars.prefix(column) { pad += scalar == "\t" ? "\t" : " " }
        let length = max(1, min((range.endColumn ?? 0) - range.column, scalars.count - column))
        var shown = ""
        shown.unicodeScalars.append(contentsOf: scalars)
        return [
            "  \(number) | \(shown)",
            "  \(gutter) | \(pad)^" + String(repeating: "~", count: length - 1),
        ]
    }

    /// A line of which the rest is hidden after a key that holds a secret, unless an environment variable stands there.
    private static func masked(_ line: String) -> String {
        guard let key = line.firstMatch(of: #/(?:api_key|client_secret|bearer)["']?\s*[:=]\s*(?!["']?\$\{|\s)/#) else {
            return line
        }
        return line[..<key.range.upperBound] + String(repeating: "*", count: 8)
    }
}
