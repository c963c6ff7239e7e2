// Masks API keys in text shown to users.

/// Recognizes API keys by their format. This is a second line of defence: values of secret settings never reach a
/// message, but a key entered in the wrong place might.
package enum KeyMask {
    /// The replacement for a key; its length reveals nothing about the key.
    package static let mask = "********"

    /// The text with everything that looks like a key replaced by `mask`.
    package static func masked(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        let ranges = ranges(in: scalars)
        guard !ranges.isEmpty else { return text }
        var result = String.UnicodeScalarView()
        var position = 0
        for range in ranges {
            result.append(contentsOf: scalars[position..<range.lowerBound])
            result.append(contentsOf: mask.unicodeScalars)
            position = range.upperBound
        }
        result.append(contentsOf: scalars[position...])
        return String(result)
    }

    /// The ranges of probable keys, in order and without overlap.
    package static func ranges(in scalars: [Unicode.Scalar]) -> [Range<Int>] {
        var found: [Range<Int>] = []
        var start = 0
        while start < scalars.count {
            guard isWord(scalars[start]) else {
                start += 1
                continue
            }
            var end = start
            while end < scalars.count, isWord(scalars[end]) { end += 1 }
            // A base64 key may continue over `+`, `/` and `=`, a JSON Web Token over its dots.
            var longEnd = end
            while longEnd < scalars.count, isWord(scalars[longEnd]) || "+/=.".unicodeScalars.contains(scalars[longEnd]) {
                longEnd += 1
            }
            let word = text(scalars[start..<end])
            let long = text(scalars[start..<longEnd])
            if isToken(long) || isBase64Secret(long) || follows(bearer, start, in: scalars) && word.utf8.count >= 8 {
                found.append(start..<longEnd)
                start = longEnd
            } else {
                if isKey(word) { found.append(start..<end) }
                start = end
            }
        }
        return found
    }

    private static let bearer = Array("bearer ".unicodeScalars)

    /// The prefixes of keys issued by known providers.
    private static let prefixes = [
        "sk-", "sk_", "pk_", "rk_", "sess-", "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "hf_", "gsk_", "xai-",
        "AKIA", "ASIA", "AIza", "xoxb-", "xoxp-", "xoxa-", "r8_",
    ]

    private static func isKey(_ word: String) -> Bool {
        if let prefix = prefixes.first(where: word.hasPrefix) {
            let rest = word.utf8.dropFirst(prefix.utf8.count)
            return rest.count >= 8 && rest.contains(where: isDigit)
        }
        // Azure keys have 32 hexadecimal digits, or 84 letters and digits. A SHA-256 digest has 64, its short form
        // 16.
        let bytes = word.utf8
        if bytes.count == 32, bytes.allSatisfy({ isDigit($0) || (0x61...0x66).contains($0) }) {
            return bytes.contains(where: isDigit) && bytes.contains { !isDigit($0) }
        }
        return bytes.count >= 40 && isMixed(bytes) && !bytes.contains { "-_".utf8.contains($0) }
    }

    /// Whether the text is a JSON Web Token: three base64 parts, the first of which decodes to text starting with
    /// `{"`.
    private static func isToken(_ text: String) -> Bool {
        text.hasPrefix("eyJ") && text.utf8.count >= 40 && text.utf8.count { $0 == UInt8(ascii: ".") } >= 2
    }

    /// Whether the text has the form of an AWS secret key: 40 base64 characters.
    private static func isBase64Secret(_ text: String) -> Bool {
        let bytes = text.utf8
        return bytes.count == 40 && isMixed(bytes) && bytes.contains { "+/".utf8.contains($0) }
            && !bytes.contains { ".-_".utf8.contains($0) } && bytes.count(where: isDigit) >= 3
    }

    private static func isMixed(_ bytes: String.UTF8View) -> Bool {
        bytes.contains(where: isDigit) && bytes.contains { (0x41...0x5a).contains($0) }
            && bytes.contains { (0x61...0x7a).contains($0) }
    }

    private static func follows(_ word: [Unicode.Scalar], _ place: Int, in scalars: [Unicode.Scalar]) -> Bool {
        place >= word.count
            && zip(scalars[(place - word.count)..<place], word).allSatisfy { $0.properties.lowercaseMapping == String($1) }
    }

    private static func isWord(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", "_": true
        default: false
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

    private static func text(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
