// Hides what looks like a key in text that a person reads.

/// Recognizes keys by their form. It is a second net: values of secret keys are never part of a message in the first
/// place, but a key that was put somewhere else by mistake may be.
package enum KeyMask {
    package static let mask = "********"

    /// The text with everything that looks like a key replaced.
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

    /// The places of what looks like a key, in order and apart from each other.
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
            // A key in base64 goes on over `+`, `/` and `=`, a web token over its dots.
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

    /// The beginnings that providers give their keys.
    private static let prefixes = [
        "sk-", "sk_", "pk_", "rk_", "sess-", "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "hf_", "gsk_", "xai-",
        "AKIA", "ASIA", "AIza", "xoxb-", "xoxp-", "xoxa-", "r8_",
    ]

    private static func isKey(_ word: String) -> Bool {
        if let prefix = prefixes.first(where: word.hasPrefix) {
            let rest = word.utf8.dropFirst(prefix.utf8.count)
            return rest.count >= 8 && rest.contains(where: isDigit)
        }
        // Azure's keys: 32 hexadecimal digits, or 84 letters and digits. A SHA-256 digest has 64, a short one 16.
        let bytes = word.utf8
        if bytes.count == 32, bytes.allSatisfy({ isDigit($0) || (0x61...0x66).contains($0) }) {
            return bytes.contains(where: isDigit) && bytes.contains { !isDigit($0) }
        }
        return bytes.count >= 40 && isMixed(bytes) && !bytes.contains { "-_".utf8.contains($0) }
    }

    /// A web token: three parts in base64, the first of which begins `{"`.
    private static func isToken(_ text: String) -> Bool {
        text.hasPrefix("eyJ") && text.utf8.count >= 40 && text.utf8.count { $0 == UInt8(ascii: ".") } >= 2
    }

    /// AWS's secrets: 40 characters of base64.
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
