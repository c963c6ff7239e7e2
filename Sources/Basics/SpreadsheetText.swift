// Escapes table texts so that a spreadsheet cannot run them as formulas; the escape is reversible.

/// Escapes texts that a spreadsheet would run as formulas with a leading apostrophe, as OWASP recommends ("CSV
/// Injection"). Numbers are not changed.
package enum SpreadsheetText {
    /// The text with a leading apostrophe if it starts a formula or would be read as an escaped one.
    package static func escaped(_ text: String) -> String { isEscapable(text) ? "'" + text : text }

    /// The original of an escaped text.
    package static func plain(_ text: String) -> String {
        guard text.unicodeScalars.first == "'" else { return text }
        let rest = String(text.unicodeScalars.dropFirst())
        return isEscapable(rest) ? rest : text
    }

    /// Whether the text starts a formula after any leading apostrophes.
    private static func isEscapable(_ text: String) -> Bool {
        let body = text.unicodeScalars.drop { $0 == "'" }
        guard let start = body.first, let first = body.first(where: { !$0.properties.isWhitespace }) else {
            return body.first.map { $0 == "\t" || $0 == "\r" } ?? false
        }
        let startsFormula = formulaStarts.contains(first) || start == "\t" || start == "\r"
        return startsFormula && Double(String(body)) == nil
    }

    /// Characters that start a formula in spreadsheets, and their full-width forms.
    private static let formulaStarts: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]
}
