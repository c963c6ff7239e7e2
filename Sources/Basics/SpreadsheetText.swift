// Escapes table texts so that a spreadsheet cannot run them as formulas; the escape is reversible.

/// Escapes texts that a spreadsheet would run as formulas with an apostrophe, as OWASP recommends ("CSV Injection").
/// Numbers are not changed.
///
/// A spreadsheet that separates cells by semicolons or tabs, as in most of Europe, ignores the quotes of a cell of
/// comma-separated values that does not begin its line: after a semicolon, a tab or a line break within the text, it
/// begins another cell. So each of these parts of a text is escaped.
package enum SpreadsheetText {
    /// The text with an apostrophe before each part that starts a formula or would be read as an escaped one.
    package static func escaped(_ text: String) -> String {
        mapped(text) { part in isEscapable(part) ? Substring("'" + String(part)).unicodeScalars : part }
    }

    /// The original of an escaped text.
    package static func plain(_ text: String) -> String {
        mapped(text) { part in
            guard part.first == "'" else { return part }
            let rest = part.dropFirst()
            return isEscapable(rest) ? rest : part
        }
    }

    private typealias Part = Substring.UnicodeScalarView

    /// The text with each part replaced. The separators stay.
    private static func mapped(_ text: String, _ transform: (Part) -> Part) -> String {
        var result = String.UnicodeScalarView()
        var rest = text[...].unicodeScalars
        while true {
            let end = rest.firstIndex(where: separators.contains) ?? rest.endIndex
            result.append(contentsOf: transform(rest[..<end]))
            guard end < rest.endIndex else { return String(result) }
            result.append(rest[end])
            rest = rest[rest.index(after: end)...]
        }
    }

    /// Characters that end a cell in some spreadsheet although the text is quoted.
    private static let separators: Set<Unicode.Scalar> = [";", "\t", "\n", "\r"]

    /// Whether the part starts a formula after any leading apostrophes.
    private static func isEscapable(_ part: Part) -> Bool {
        let body = part.drop { $0 == "'" }
        guard let first = body.first(where: { !$0.properties.isWhitespace }), formulaStarts.contains(first) else {
            return false
        }
        return Double(String(body)) == nil
    }

    /// Characters that start a formula in spreadsheets, and their full-width forms.
    private static let formulaStarts: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]
}
