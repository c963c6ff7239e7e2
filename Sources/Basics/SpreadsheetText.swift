// Texts in tables that a spreadsheet may open: nothing in them runs as a formula, and the escape can be undone.

/// The escape of texts that a spreadsheet would run as formulas: an apostrophe in front, as OWASP recommends ("CSV
/// Injection"). Numbers stay as they are.
package enum SpreadsheetText {
    /// The text with an apostrophe in front where it begins a formula, or where it would be taken for an escaped one.
    package static func escaped(_ text: String) -> String { isEscapable(text) ? "'" + text : text }

    /// The text before it was escaped.
    package static func plain(_ text: String) -> String {
        guard text.unicodeScalars.first == "'" else { return text }
        let rest = String(text.unicodeScalars.dropFirst())
        return isEscapable(rest) ? rest : text
    }

    /// Whether a formula follows the apostrophes at the start, if there are any.
    private static func isEscapable(_ text: String) -> Bool {
        let body = text.unicodeScalars.drop { $0 == "'" }
        guard let start = body.first, let first = body.first(where: { !$0.properties.isWhitespace }) else {
            return body.first.map { $0 == "\t" || $0 == "\r" } ?? false
        }
        let startsFormula = formulaStarts.contains(first) || start == "\t" || start == "\r"
        return startsFormula && Double(String(body)) == nil
    }

    /// The characters that begin a formula in spreadsheets, and their full-width forms.
    private static let formulaStarts: Set<Unicode.Scalar> = [
        "=", "+", "-", "@", "\u{FF1D}", "\u{FF0B}", "\u{FF0D}", "\u{FF20}",
    ]
}
