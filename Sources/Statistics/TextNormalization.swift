// Differences between answers and labels that matching can ignore.

import Basics
import Foundation

/// A kind of difference. If several sets of ignored differences lead to a label, the later kinds are reported.
package enum TextDifference: String, Hashable, Sendable, Codable, CaseIterable {
    case `case`
    /// Punctuation with surrounding white space, and an introduction such as `Category:`.
    case punctuation
    /// Quotation marks around the text, and the typographic variants of apostrophes and quotation marks.
    case quotes
    /// Emphasis, code, headings, list and quotation marks, code fences, links.
    case markdown
    /// White space at the ends, and the amount of white space between words.
    case spaces
    /// `unicode: nfkc`: compatibility forms, typographic hyphens and spaces, invisible characters.
    case unicode
}

/// Maps texts that differ only in ignored ways to the same text.
package struct TextNormalization: Hashable, Sendable {
    /// The differences to ignore; empty for exact matching.
    package var ignored: Set<TextDifference>

    /// - Parameter ignored: empty for exact matching.
    package init(_ ignored: Set<TextDifference>) { self.ignored = ignored }

    /// Changes nothing.
    package static let exact = TextNormalization([])
    /// Ignores every known difference.
    package static let all = TextNormalization(Set(TextDifference.allCases))

    /// The normalized text; unchanged if nothing is ignored.
    package func callAsFunction(_ text: String) -> String {
        if ignored.isEmpty { return text }
        var text = text
        if ignored.contains(.unicode) { text = TextNormalization.plain(text) }
        // Emphasis can be inside quotation marks and around them.
        for _ in 0..<4 {
            let before = text
            if ignored.contains(.markdown) { text = TextNormalization.withoutMarkdown(text) }
            if ignored.contains(.quotes) { text = TextNormalization.withoutQuotes(text) }
            if text == before { break }
        }
        if ignored.contains(.punctuation) { text = TextNormalization.withoutPunctuation(text) }
        if ignored.contains(.spaces) || ignored.contains(.punctuation) {
            text = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        return ignored.contains(.case) ? text.caseFolded : text
    }

    /// Splits an introduction such as `Category:` or `The answer is:` from the text that follows; `nil` without one,
    /// or if punctuation is significant. Only known words form an introduction, so `not: green` is not split.
    package func split(_ text: String) -> (introduction: String, rest: String)? {
        guard ignored.contains(.punctuation), let colon = text.firstIndex(where: { $0 == ":" || $0 == "：" }) else { return nil }
        let words = text[..<colon].lowercased()
            .split { !($0.isLetter || $0.isNumber) }.map(String.init)
        let marks = text[..<colon].allSatisfy { $0.isLetter || $0.isNumber || $0.isWhitespace || "*_#>-`\"'“‘".contains($0) }
        guard marks, (1...4).contains(words.count), words.contains(where: TextNormalization.fields.contains),
            words.allSatisfy({ TextNormalization.fields.contains($0) || TextNormalization.besides.contains($0) })
        else { return nil }
        // Emphasis that closes after the colon belongs to the introduction.
        let rest = text[text.index(after: colon)...]
        return (String(text[..<colon]), String(rest.drop { "*_`\"'".contains($0) && text[..<colon].contains($0) }))
    }

    private static let fields: Set<String> = [
        "answer", "category", "class", "classification", "label", "prediction", "result", "output", "response", "type",
        "kind", "name", "object", "species", "breed", "colour", "color", "shape",
    ]
    private static let besides: Set<String> = [
        "the", "my", "final", "is", "predicted", "correct", "image", "of", "this", "best", "likely", "most",
    ]

    // MARK: Differences

    /// Compatibility forms (NFKC), with plain hyphens, dashes and spaces for typographic ones, and without invisible
    /// characters.
    private static func plain(_ text: String) -> String {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text.precomposedStringWithCompatibilityMapping.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .dashPunctuation: scalars.append("-")
            case .spaceSeparator: scalars.append(" ")
            case .format: break
            default:
                if scalar == "\u{2212}" {
                    scalars.append("-")
                } else if !(0xFE00...0xFE0F).contains(scalar.value) {
                    scalars.append(scalar)
                }
            }
        }
        return String(scalars)
    }

    private static let quotes: Set<Character> = [
        "\"", "'", "`", "“", "”", "„", "‟", "‘", "’", "‚", "‛", "«", "»", "‹", "›", "「", "」", "『", "』", "″", "′", "＂", "＇",
    ]

    private static func withoutQuotes(_ text: String) -> String {
        var inner = text[...]
        while true {
            let trimmed = inner.trimmingPrefix(while: \.isWhitespace)
            let end = trimmed.lastIndex { !$0.isWhitespace }
            guard let end, let first = trimmed.first, trimmed.startIndex < end, quotes.contains(first),
                quotes.contains(trimmed[end])
            else { break }
            inner = trimmed[..<end].dropFirst()
        }
        return String(
            inner.map { character in
                switch character {
                case "‘", "’", "‛", "′", "＇": "'"
                case "“", "”", "„", "‟", "«", "»", "″", "＂": "\""
                default: character
                }
            })
    }

    private static func withoutMarkdown(_ text: String) -> String {
        guard text.utf8.contains(where: { "*_`#>~+-[0123456789".utf8.contains($0) }) else { return text }
        var text = text
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if trimmed.hasPrefix("```"), trimmed.hasSuffix("```"), trimmed.utf8.count >= 6 {
            var inner = trimmed.dropFirst(3).dropLast(3)
            // The first line of a fence names a language; a fence on one line has none.
            if let end = inner.firstIndex(where: \.isNewline) { inner = inner[inner.index(after: end)...] }
            text = inner.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        text.removeAll { $0 == "*" || $0 == "`" || $0 == "~" }
        // Before a number, a mark can be a sign: `- 1` is not necessarily 1.
        if let mark = text.firstMatch(of: #/^\s*((#{1,6}|>|[-+]|\d{1,2}[.)])\s+(?=[^\s\d])|•\s+(?=\S))/#),
            !text[mark.range.upperBound...].contains(where: \.isNewline)
        {
            text = String(text[mark.range.upperBound...])
        }
        if let link = text.wholeMatch(of: #/\s*\[([^\]]+)\]\([^)]*\)\s*/#) { text = String(link.output.1) }
        let bare = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if bare.hasPrefix("_"), bare.hasSuffix("_"), bare.contains(where: { $0 != "_" }) {
            text = bare.trimmingCharacters(in: CharacterSet(charactersIn: "_"))
        }
        return text
    }

    /// Replaces punctuation with spaces. Significant marks stay: `%`, `&`, `#`, `@`, slashes, and the signs and
    /// separators of numbers.
    private static func withoutPunctuation(_ text: String) -> String {
        let all = Array(text.unicodeScalars)
        func isDigit(_ at: Int) -> Bool { all.indices.contains(at) && all[at].properties.numericType != nil }
        func isNumberAhead(_ at: Int) -> Bool {
            all[min(at + 1, all.count)...].first { !$0.properties.isWhitespace }.map { $0.properties.numericType != nil } ?? false
        }
        func isWord(_ at: Int) -> Bool { all.indices.contains(at) && (all[at].properties.isAlphabetic || isDigit(at)) }
        var scalars = String.UnicodeScalarView()
        for (at, scalar) in all.enumerated() {
            switch scalar.properties.generalCategory {
            case .dashPunctuation where isNumberAhead(at) && !isWord(at - 1) && !isWord(at - 2): scalars.append(scalar)
            case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation, .initialPunctuation,
                .finalPunctuation:
                scalars.append(" ")
            case .otherPunctuation:
                let isInNumber = ".,:".unicodeScalars.contains(scalar) && isDigit(at - 1) && isDigit(at + 1)
                scalars.append(isInNumber || "%&#@/\\".unicodeScalars.contains(scalar) ? scalar : " ")
            default: scalars.append(scalar == "`" ? " " : scalar)
            }
        }
        return String(scalars)
    }
}
