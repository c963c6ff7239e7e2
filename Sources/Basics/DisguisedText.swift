// Reads text with its escapes resolved, so that a secret is recognized however it is written.

/// One character of a text in which characters may be written in several ways.
package struct DisguisedCharacter {
    /// The character, as far as secrets are concerned. Keys are ASCII.
    package enum Value: Hashable {
        case ascii(UInt8)
        /// A control character, or a character without width: it changes a text without changing how it looks.
        case ignorable
        case other
    }

    /// The decoded character.
    package var value: Value
    /// The offset after its last byte.
    package var end: Int
}

/// UTF-8 text read character by character. Recognized are escapes of JSON and programming languages (`\u0073`,
/// `\x73`, `\/`, with any number of backslashes), percent-encoding (`%73`, `%2573`), and entities of HTML (`&#115;`,
/// `&#x73;`, `&amp;`). The characters of an escape may be escaped once more. Full-width letters and Unicode hyphens
/// count as the ASCII characters that they look like.
package struct DisguisedText {
    private let bytes: UnsafeBufferPointer<UInt8>

    /// - Parameter bytes: must outlive the value.
    package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// Whether a byte may begin a character that is not written as itself.
    package static func isEscape(_ byte: UInt8) -> Bool { byte == backslash || byte == percent || byte == ampersand }

    /// The character at an offset, which must be inside the text.
    package func character(at start: Int) -> DisguisedCharacter { read(start, depth: 0) }

    private static let backslash = UInt8(ascii: "\\")
    private static let percent = UInt8(ascii: "%")
    private static let ampersand = UInt8(ascii: "&")
    /// The number of levels at which the characters of an escape are escapes themselves.
    private static let deepest = 1
    /// The maximum number of times that an escape may decode to the beginning of another one, as in `%252573`.
    private static let maxRepeats = 4

    private func read(_ start: Int, depth: Int) -> DisguisedCharacter {
        var found = plain(start)
        for _ in 0..<DisguisedText.maxRepeats {
            let next: DisguisedCharacter?
            switch found.value {
            case .ascii(DisguisedText.percent): next = percentEncoded(after: found.end, depth)
            case .ascii(DisguisedText.ampersand): next = entity(after: found.end, depth)
            default: return found
            }
            guard let next else { return found }
            found = next
        }
        return found
    }

    /// The character at an offset, read as itself or as a backslash escape.
    private func plain(_ start: Int) -> DisguisedCharacter {
        let byte = bytes[start]
        if byte == DisguisedText.backslash { return escaped(start) }
        if byte < 0x80 { return DisguisedCharacter(value: DisguisedText.value(of: UInt32(byte)), end: start + 1) }
        let length = DisguisedText.length(byte)
        guard start + length <= bytes.count, length > 1 else { return DisguisedCharacter(value: .other, end: start + 1) }
        var code = UInt32(byte) & (0x7F >> UInt32(length))
        for offset in 1..<length {
            guard bytes[start + offset] & 0xC0 == 0x80 else { return DisguisedCharacter(value: .other, end: start + 1) }
            code = code << 6 | UInt32(bytes[start + offset] & 0x3F)
        }
        return DisguisedCharacter(value: DisguisedText.value(of: code), end: start + length)
    }

    /// The number of bytes of the UTF-8 sequence that a byte begins; 1 for a byte that begins none.
    private static func length(_ byte: UInt8) -> Int {
        switch byte {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
    }

    private func escaped(_ start: Int) -> DisguisedCharacter {
        var at = start
        // JSON within a JSON string doubles every backslash.
        while at < bytes.count, bytes[at] == DisguisedText.backslash { at += 1 }
        guard at < bytes.count else { return DisguisedCharacter(value: .other, end: at) }
        switch bytes[at] {
        case UInt8(ascii: "u"):
            if let code = number(at + 1, digits: 4) {
                return DisguisedCharacter(value: DisguisedText.value(of: code), end: at + 5)
            }
            // `\u{73}` and `\U00000073` occur in other languages.
            if at + 1 < bytes.count, bytes[at + 1] == UInt8(ascii: "{") {
                var end = at + 2
                var code: UInt32 = 0
                while end < bytes.count, end < at + 10, let digit = DisguisedText.hex(bytes[end]) {
                    code = code << 4 | digit
                    end += 1
                }
                if end > at + 2, end < bytes.count, bytes[end] == UInt8(ascii: "}") {
                    return DisguisedCharacter(value: DisguisedText.value(of: code), end: end + 1)
                }
            }
        case UInt8(ascii: "U"):
            if let code = number(at + 1, digits: 8) {
                return DisguisedCharacter(value: DisguisedText.value(of: code), end: at + 9)
            }
        case UInt8(ascii: "x"):
            if let code = number(at + 1, digits: 2) {
                return DisguisedCharacter(value: DisguisedText.value(of: code), end: at + 3)
            }
        case UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"), UInt8(ascii: "b"), UInt8(ascii: "f"):
            return DisguisedCharacter(value: .ignorable, end: at + 1)
        default: break
        }
        // A backslash before any other character is ignored.
        return bytes[at] < 0x80
            ? DisguisedCharacter(value: DisguisedText.value(of: UInt32(bytes[at])), end: at + 1)
            : plain(at)
    }

    private func number(_ start: Int, digits: Int) -> UInt32? {
        guard start + digits <= bytes.count else { return nil }
        var number: UInt32 = 0
        for offset in 0..<digits {
            guard let digit = DisguisedText.hex(bytes[start + offset]) else { return nil }
            number = number << 4 | digit
        }
        return number
    }

    /// A character of an escape: itself, or escaped once more.
    private func part(_ at: Int, _ depth: Int) -> (byte: UInt8, end: Int)? {
        guard at < bytes.count else { return nil }
        if bytes[at] < 0x80, !DisguisedText.isEscape(bytes[at]) { return (bytes[at], at + 1) }
        guard depth < DisguisedText.deepest else { return nil }
        let found = read(at, depth: depth + 1)
        guard case .ascii(let byte) = found.value else { return nil }
        return (byte, found.end)
    }

    private func percentByte(_ at: Int, _ depth: Int) -> (byte: UInt8, end: Int)? {
        guard let first = part(at, depth), let high = DisguisedText.hex(first.byte),
            let second = part(first.end, depth), let low = DisguisedText.hex(second.byte)
        else { return nil }
        return (UInt8(high << 4 | low), second.end)
    }

    private func percentEncoded(after start: Int, _ depth: Int) -> DisguisedCharacter? {
        guard let first = percentByte(start, depth) else { return nil }
        let length = DisguisedText.length(first.byte)
        guard first.byte >= 0x80, length > 1 else {
            return DisguisedCharacter(
                value: first.byte < 0x80 ? DisguisedText.value(of: UInt32(first.byte)) : .other, end: first.end)
        }
        var code = UInt32(first.byte) & (0x7F >> UInt32(length))
        var end = first.end
        for _ in 1..<length {
            // A sign written literally begins the next byte of this character, not a separate character.
            let sign: (byte: UInt8, end: Int)? =
                end < bytes.count && bytes[end] == DisguisedText.percent ? (bytes[end], end + 1) : part(end, depth)
            guard let sign, sign.byte == DisguisedText.percent,
                let next = percentByte(sign.end, depth), next.byte & 0xC0 == 0x80
            else { return DisguisedCharacter(value: .other, end: first.end) }
            code = code << 6 | UInt32(next.byte & 0x3F)
            end = next.end
        }
        return DisguisedCharacter(value: DisguisedText.value(of: code), end: end)
    }

    private func entity(after start: Int, _ depth: Int) -> DisguisedCharacter? {
        guard let first = part(start, depth) else { return nil }
        if first.byte == UInt8(ascii: "#") {
            guard let next = part(first.end, depth) else { return nil }
            let isHex = next.byte | 0x20 == UInt8(ascii: "x")
            var end = first.end
            if isHex { end = next.end }
            var code: UInt32 = 0
            var count = 0
            while count < 8, let digit = part(end, depth), let value = DisguisedText.hex(digit.byte), isHex || value < 10 {
                code = code &* (isHex ? 16 : 10) &+ value
                end = digit.end
                count += 1
            }
            guard count > 0 else { return nil }
            if let last = part(end, depth), last.byte == UInt8(ascii: ";") { end = last.end }
            return DisguisedCharacter(value: DisguisedText.value(of: code), end: end)
        }
        var name: [UInt8] = [first.byte]
        var end = first.end
        while name.count <= DisguisedText.maxNameLength, let next = part(end, depth) {
            end = next.end
            if next.byte == UInt8(ascii: ";") {
                return DisguisedText.names[String(decoding: name, as: UTF8.self)].map { DisguisedCharacter(value: $0, end: end) }
            }
            name.append(next.byte)
        }
        return nil
    }

    /// The named entities of characters that occur in keys, and of those that are invisible.
    private static let names: [String: DisguisedCharacter.Value] = [
        "amp": .ascii(ampersand), "lowbar": .ascii(UInt8(ascii: "_")), "period": .ascii(UInt8(ascii: ".")),
        "sol": .ascii(UInt8(ascii: "/")), "bsol": .ascii(backslash), "plus": .ascii(UInt8(ascii: "+")),
        "equals": .ascii(UInt8(ascii: "=")), "colon": .ascii(UInt8(ascii: ":")), "percnt": .ascii(percent),
        "num": .ascii(UInt8(ascii: "#")), "semi": .ascii(UInt8(ascii: ";")), "quot": .ascii(UInt8(ascii: "\"")),
        "apos": .ascii(UInt8(ascii: "'")), "lt": .ascii(UInt8(ascii: "<")), "gt": .ascii(UInt8(ascii: ">")),
        "dollar": .ascii(UInt8(ascii: "$")), "excl": .ascii(UInt8(ascii: "!")), "commat": .ascii(UInt8(ascii: "@")),
        "ast": .ascii(UInt8(ascii: "*")), "comma": .ascii(UInt8(ascii: ",")), "hyphen": .ascii(UInt8(ascii: "-")),
        "dash": .ascii(UInt8(ascii: "-")), "ndash": .ascii(UInt8(ascii: "-")), "shy": .ignorable, "zwnj": .ignorable,
        "zwj": .ignorable, "ZeroWidthSpace": .ignorable, "NoBreak": .ignorable, "Tab": .ignorable, "NewLine": .ignorable,
    ]
    private static let maxNameLength = 14

    /// The category of a Unicode scalar.
    private static func value(of code: UInt32) -> DisguisedCharacter.Value {
        switch code {
        case 0x20..<0x7F: return .ascii(UInt8(code))
        case ..<0x20, 0x7F..<0xA0: return .ignorable
        case 0xFF01...0xFF5E: return .ascii(UInt8(code - 0xFF01 + 0x21))
        case 0x2010...0x2015, 0x2212, 0xFE58, 0xFE63: return .ascii(UInt8(ascii: "-"))
        default:
            guard let properties = Unicode.Scalar(code)?.properties else { return .other }
            return properties.isDefaultIgnorableCodePoint || properties.generalCategory == .format ? .ignorable : .other
        }
    }

    private static func hex(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
