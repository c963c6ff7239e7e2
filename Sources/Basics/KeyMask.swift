// Masks API keys in text shown to users.

import Foundation

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

    /// The ranges of probable keys, in order and without overlap. A key is also recognized in the other letter case, with
    /// invisible characters inside, with its characters escaped (see `DisguisedText`), and as base64.
    package static func ranges(in scalars: [Unicode.Scalar]) -> [Range<Int>] {
        let isPlain = scalars.allSatisfy { (0x20..<0x7F).contains($0.value) && !DisguisedText.isEscape(UInt8($0.value)) }
        var found = plainRanges(in: scalars)
        guard !isPlain else { return found }
        let (characters, places) = undisguised(scalars)
        for range in plainRanges(in: characters) where !range.isEmpty {
            found.append(places[range.lowerBound].lowerBound..<places[range.upperBound - 1].upperBound)
        }
        return merged(found)
    }

    /// The characters that a text encodes, without invisible ones, each with its range in the text.
    private static func undisguised(_ scalars: [Unicode.Scalar]) -> ([Unicode.Scalar], [Range<Int>]) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        let bytes = Array(String(view).utf8)
        // The index of the scalar that each byte belongs to.
        var indices: [Int] = []
        indices.reserveCapacity(bytes.count + 1)
        for (index, scalar) in scalars.enumerated() { for _ in 0..<UTF8.width(scalar) { indices.append(index) } }
        indices.append(scalars.count)
        var characters: [Unicode.Scalar] = []
        var places: [Range<Int>] = []
        bytes.withUnsafeBufferPointer { buffer in
            let text = DisguisedText(buffer)
            var at = 0
            while at < buffer.count {
                let character = text.character(at: at)
                let place = indices[at]..<max(indices[at] + 1, indices[character.end])
                switch character.value {
                case .ascii(let byte):
                    characters.append(Unicode.Scalar(byte))
                    places.append(place)
                case .ignorable:
                    // A line end separates words; within a key it is only expected as an escape.
                    guard buffer[at] == 0x0A || buffer[at] == 0x0D || buffer[at] == 0x09 else { break }
                    fallthrough
                case .other:
                    characters.append(" ")
                    places.append(place)
                }
                at = character.end
            }
        }
        return (characters, places)
    }

    private static func merged(_ ranges: [Range<Int>]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for range in ranges.sorted(by: { ($0.lowerBound, $0.upperBound) < ($1.lowerBound, $1.upperBound) }) {
            if let last = result.last, last.upperBound >= range.lowerBound {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                result.append(range)
            }
        }
        return result
    }

    private static func plainRanges(in scalars: [Unicode.Scalar]) -> [Range<Int>] {
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
            if isToken(long) || isBase64Secret(long) || holdsKey(long)
                || follows(bearer, start, in: scalars) && word.utf8.count >= 8
            {
                found.append(start..<longEnd)
                start = longEnd
            } else {
                if isKey(word) || holdsKey(word) { found.append(start..<end) }
                start = end
            }
        }
        return found
    }

    /// Whether the text is the base64 of a text with a known provider's key, such as `user:sk-…`.
    private static func holdsKey(_ text: String) -> Bool {
        var encoded = text.utf8.map {
            $0 == UInt8(ascii: "-") ? UInt8(ascii: "+") : $0 == UInt8(ascii: "_") ? UInt8(ascii: "/") : $0
        }
        guard encoded.count >= 16, encoded.count <= 8192, !encoded.contains(UInt8(ascii: ".")) else { return false }
        while encoded.last == UInt8(ascii: "=") { encoded.removeLast() }
        encoded += [UInt8](repeating: UInt8(ascii: "="), count: (4 - encoded.count % 4) % 4)
        guard let decoded = Data(base64Encoded: Data(encoded)), decoded.allSatisfy({ (0x20..<0x7F).contains($0) }) else {
            return false
        }
        return String(decoding: decoded, as: UTF8.self).split { !isWord($0.unicodeScalars.first ?? " ") }
            .contains { hasKeyPrefix(String($0)) }
    }

    private static let bearer = Array("bearer ".unicodeScalars)

    /// The prefixes of keys issued by known providers.
    private static let prefixes = [
        "sk-", "sk_", "pk_", "rk_", "sess-", "ghp_", "gho_", "ghs_", "ghu_", "github_pat_", "glpat-", "hf_", "gsk_", "xai-",
        "AKIA", "ASIA", "AIza", "xoxb-", "xoxp-", "xoxa-", "r8_",
    ]

    /// Whether a word has a provider's prefix, in any letter case, and continues like a key.
    private static func hasKeyPrefix(_ word: String) -> Bool {
        let lowercased = word.lowercased()
        guard let prefix = prefixes.first(where: { lowercased.hasPrefix($0.lowercased()) }) else { return false }
        let rest = word.utf8.dropFirst(prefix.utf8.count)
        return rest.count >= 8 && rest.contains(where: isDigit)
    }

    private static func isKey(_ word: String) -> Bool {
        if hasKeyPrefix(word) { return true }
        // A word such as `sk-learn` only has the prefix of a key.
        if prefixes.contains(where: { word.hasPrefix($0) }) { return false }
        // Azure keys have 32 hexadecimal digits, or 84 letters and digits. A SHA-256 digest has 64, its short form
        // 16.
        let bytes = word.utf8
        let isHex =
            bytes.allSatisfy { isDigit($0) || (0x61...0x66).contains($0) }
            || bytes.allSatisfy { isDigit($0) || (0x41...0x46).contains($0) }
        if bytes.count == 32, isHex {
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
