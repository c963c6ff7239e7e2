// Makes text safe for printing to a terminal.

/// The last stage of all terminal output. Control characters in untrusted text (labels, answers, file names, provider
/// messages) could move the cursor, rename the window or hide lines, so they are replaced by visible symbols.
///
/// The program's own styles pass through this filter as Unicode noncharacters, which interchanged text must not
/// contain (Unicode 16, section 23.7). Untrusted text that contains them anyway can only change its own style.
package enum TerminalText {
    /// A text style and the noncharacter that starts it.
    package enum Style: UInt32, CaseIterable, Sendable {
        case plain = 0xFDD0
        case bold, dim, red, green, yellow

        /// The ANSI escape sequence of the style (ECMA-48, SGR).
        fileprivate var sequence: String {
            switch self {
            case .plain: "\u{1B}[0m"
            case .bold: "\u{1B}[1m"
            case .dim: "\u{1B}[2m"
            case .red: "\u{1B}[31m"
            case .green: "\u{1B}[32m"
            case .yellow: "\u{1B}[33m"
            }
        }

        fileprivate var mark: String { Unicode.Scalar(rawValue).map { String($0) } ?? "" }
    }

    /// The text in a style, to be printed through `filtered`.
    package static func styled(_ text: String, _ style: Style) -> String { style.mark + text + Style.plain.mark }

    /// The printable form of a text: control characters become visible, styles become escape sequences.
    /// - Parameter colors: whether styles are applied; otherwise they are removed.
    package static func filtered(_ text: String, colors: Bool = false) -> String {
        let isPlain = text.utf8.allSatisfy { (0x20...0x7E).contains($0) || $0 == 0x0A || $0 == 0x09 }
        if isPlain { return text }
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            if let style = Style(rawValue: scalar.value) {
                if colors { result.append(contentsOf: style.sequence.unicodeScalars) }
            } else if let standIn = standIn(for: scalar) {
                result.append(contentsOf: standIn.unicodeScalars)
            } else {
                result.append(scalar)
            }
        }
        return String(result)
    }

    /// The text on one line: line breaks and tabs become spaces.
    package static func singleLine(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { result.append(scalar.properties.isWhitespace ? " " : scalar) }
        return String(result)
    }

    /// Text with its long lines broken at spaces, for a terminal of that width.
    ///
    /// Continuations are indented by two columns more than their line. Rows of tables, which contain runs of spaces, and
    /// words that are wider than the terminal stay as they are.
    package static func wrapped(_ text: String, columns: Int) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let shown = line.filter { $0.terminalColumns > 0 }, indent = shown.prefix { $0 == " " }.count
            guard line.terminalColumns > columns, indent + 2 < columns, !shown.dropFirst(indent).contains("  ") else {
                return String(line)
            }
            return wrapped(line: line, columns: columns, margin: indent + 2)
        }.joined(separator: "\n")
    }

    private static func wrapped(line: Substring, columns: Int, margin: Int) -> String {
        var result = "", width = 0
        for (at, word) in line.split(separator: " ", omittingEmptySubsequences: false).enumerated() {
            let size = word.terminalColumns
            if at > 0, width > margin, width + 1 + size > columns {
                result += "\n" + String(repeating: " ", count: margin)
                width = margin
            } else if at > 0 {
                result += " "
                width += 1
            }
            result += word
            width += size
        }
        return result
    }

    /// JSON text without raw control characters. Those that JSON allows unescaped (DEL, C1, bidirectional controls)
    /// become equivalent `\u` escapes. In JSON they occur in strings only.
    package static func escapedJSON(_ json: [UInt8]) -> [UInt8] {
        guard json.contains(where: { $0 >= 0x7F }) else { return json }
        var result: [UInt8] = []
        result.reserveCapacity(json.count)
        for scalar in String(decoding: json, as: UTF8.self).unicodeScalars {
            if scalar.value >= 0x7F, standIn(for: scalar) != nil {
                let hex = String(scalar.value, radix: 16)
                result.append(contentsOf: "\\u\(String(repeating: "0", count: 4 - hex.count))\(hex)".utf8)
            } else {
                result.append(contentsOf: String(scalar).utf8)
            }
        }
        return result
    }

    /// Whether a character affects the display instead of being visible: C0 and C1 controls (except tabs and line
    /// breaks), line and paragraph separators, and bidirectional controls.
    package static func isControl(_ scalar: Unicode.Scalar) -> Bool { standIn(for: scalar) != nil }

    /// The printed replacement of a control character: its picture (U+2400…) or its number; `nil` for other
    /// characters.
    private static func standIn(for scalar: Unicode.Scalar) -> String? {
        switch scalar.value {
        case 0x09, 0x0A: nil
        case 0x00...0x1F: Unicode.Scalar(0x2400 + scalar.value).map { String($0) }
        case 0x7F: "\u{2421}"
        // C1 controls, line and paragraph separators, and bidirectional controls.
        case 0x80...0x9F, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069:
            "<U+\(String(repeating: "0", count: 4 - String(scalar.value, radix: 16).count))"
                + "\(String(scalar.value, radix: 16, uppercase: true))>"
        default: nil
        }
    }
}
