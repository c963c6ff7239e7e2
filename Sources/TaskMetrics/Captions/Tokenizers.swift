// Caption tokenizers, following the reference implementations of BLEU, ROUGE and CIDEr.

/// A way to split a caption into words.
package enum CaptionTokenizer: String, Hashable, Sendable {
    /// mteval's 13a, sacreBLEU's default for BLEU; keeps case.
    case mteval13a = "13a"
    /// Lower case without punctuation: keeps letters, digits and apostrophes of all scripts. Used for ROUGE-L and
    /// CIDEr-D.
    case plain
    /// Splits at spaces, for tokenized text.
    case blanks

    /// Splits a caption into words.
    package func callAsFunction(_ text: String) -> [String] {
        switch self {
        case .mteval13a: CaptionTokenizer.words13a(text)
        case .plain: CaptionTokenizer.plainWords(text)
        case .blanks: text.unicodeScalars.split(separator: " ", omittingEmptySubsequences: true).map { String(Substring($0)) }
        }
    }

    private static func plainWords(_ text: String) -> [String] {
        let lower = TextForm(ignoresCase: true)(text)
        return TextForm.words(lower).flatMap { word -> [String] in
            var parts: [String] = []
            var part = String.UnicodeScalarView()
            let scalars = Array(word.unicodeScalars)
            for (at, scalar) in scalars.enumerated() {
                let isInner =
                    (scalar == "'" || scalar == "\u{2019}") && !part.isEmpty && at + 1 < scalars.count
                    && scalars[at + 1].properties.isAlphabetic
                if isLetterOrDigit(scalar) {
                    part.append(scalar)
                } else if isInner {
                    part.append("'")
                } else if !part.isEmpty {
                    parts.append(String(part))
                    part = String.UnicodeScalarView()
                }
            }
            if !part.isEmpty { parts.append(String(part)) }
            return parts
        }
    }

    private static func isLetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber: true
        default: scalar.properties.isAlphabetic
        }
    }

    private static func words13a(_ text: String) -> [String] {
        var line = Array(text.unicodeScalars)
        while let last = line.last, TextForm.isSpace(last) { line.removeLast() }
        line = replaced(line, "<skipped>", "")
        line = replaced(line, "-\n", "")
        line = replaced(line, "\n", " ")
        if line.contains("&") {
            for (entity, mark) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
                line = replaced(line, entity, mark)
            }
        }
        line = [" "] + line + [" "]
        line = line.flatMap { isMark($0) ? [" ", $0, " "] : [$0] }
        line = pairs(line) { first, second in !isDigit(first) && isStop(second) ? [first, " ", second, " "] : nil }
        line = pairs(line) { first, second in isStop(first) && !isDigit(second) ? [" ", first, " ", second] : nil }
        line = pairs(line) { first, second in isDigit(first) && second == "-" ? [first, " ", second, " "] : nil }
        return line.split(whereSeparator: TextForm.isSpace).map { String(String.UnicodeScalarView($0)) }
    }

    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }
    private static func isStop(_ scalar: Unicode.Scalar) -> Bool { scalar == "." || scalar == "," }
    /// ASCII punctuation that forms a token: all except apostrophe, comma, hyphen and full stop.
    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x7B...0x7E, 0x5B...0x60, 0x20...0x26, 0x28...0x2B, 0x3A...0x40, 0x2F: true
        default: false
        }
    }

    /// Replaces adjacent pairs from left to right; a replaced pair is not examined again.
    private static func pairs(
        _ line: [Unicode.Scalar], _ replacement: (Unicode.Scalar, Unicode.Scalar) -> [Unicode.Scalar]?
    ) -> [Unicode.Scalar] {
        var out: [Unicode.Scalar] = []
        out.reserveCapacity(line.count)
        var at = 0
        while at < line.count {
            if at + 1 < line.count, let new = replacement(line[at], line[at + 1]) {
                out.append(contentsOf: new)
                at += 2
            } else {
                out.append(line[at])
                at += 1
            }
        }
        return out
    }

    private static func replaced(_ line: [Unicode.Scalar], _ old: String, _ new: String) -> [Unicode.Scalar] {
        let old = Array(old.unicodeScalars), new = Array(new.unicodeScalars)
        guard let first = old.first, line.contains(first) else { return line }
        var out: [Unicode.Scalar] = []
        var at = 0
        while at < line.count {
            if line[at] == first, line[at...].starts(with: old) {
                out.append(contentsOf: new)
                at += old.count
            } else {
                out.append(line[at])
                at += 1
            }
        }
        return out
    }
}

/// The n-grams of a text and their frequencies.
struct NGrams {
    private(set) var counts: [[UInt32]: Int] = [:]

    init(_ words: [UInt32], _ n: Int) {
        guard words.count >= n else { return }
        for start in 0...(words.count - n) { counts[Array(words[start..<(start + n)]), default: 0] += 1 }
    }
}

/// Maps words to integers by their UTF-8 bytes; canonically equivalent words with different bytes differ.
struct WordNumbers {
    private var numbers: [[UInt8]: UInt32] = [:]

    mutating func callAsFunction(_ words: [String]) -> [UInt32] {
        words.map { word in
            let key = Array(word.utf8)
            if let known = numbers[key] { return known }
            let next = UInt32(clamping: numbers.count)
            numbers[key] = next
            return next
        }
    }
}
