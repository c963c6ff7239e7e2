// Comma-separated values after RFC 4180, with a line feed at the end of each line, safe to open in a spreadsheet.

import Basics

/// Writes CSV lines.
package enum CSV {
    /// One line. Text that a spreadsheet would run as a formula is escaped. Control characters become U+FFFD.
    package static func line(_ fields: [String]) -> String {
        fields.map { quoted(harmless($0)) }.joined(separator: ",") + "\n"
    }

    private static func quoted(_ field: String) -> String {
        guard field.utf8.contains(where: { "\",\r\n".utf8.contains($0) }) else { return field }
        var text = String.UnicodeScalarView()
        for scalar in field.unicodeScalars {
            if scalar == "\"" { text.append(scalar) }
            text.append(scalar)
        }
        return "\"" + String(text) + "\""
    }

    private static func harmless(_ field: String) -> String {
        var scalars = String.UnicodeScalarView()
        for scalar in field.unicodeScalars {
            let isControl =
                scalar.value < 0x20 && !"\t\r\n".unicodeScalars.contains(scalar)
                || (0x7F...0x9F).contains(scalar.value)
            scalars.append(isControl ? "\u{FFFD}" : scalar)
        }
        return SpreadsheetText.escaped(String(scalars))
    }
}
