// Finds a secret in untrusted bytes, in any of its encoded forms.

import Basics
import Foundation

/// Searches for a secret as it is, in another letter case, with control or invisible characters inside, with escapes
/// of JSON, HTML or URLs (see `DisguisedText`), in base64 (also within a longer text, such as `user:secret`) and in
/// hexadecimal digits. From each of these forms, a reader could restore the secret.
struct SecretSearch {
    /// One encoding of the secret. Letters are in lower case, as they are compared without regard to case.
    private struct Form {
        var text: [UInt8]
        /// Whether `-` and `_` count as `+` and `/`.
        var isBase64 = false
    }

    private let forms: [Form]
    /// For each byte, whether a form may begin with it.
    private let begins: [Bool]

    init(_ secret: Data) {
        var forms = [Form(text: secret.map(SecretSearch.lowercased))]
        forms.append(Form(text: secret.flatMap { [SecretSearch.digits[Int($0 >> 4)], SecretSearch.digits[Int($0 & 15)]] }))
        // In base64, the bytes before the secret determine the division of its bits among the characters.
        for before in 0..<3 {
            let encoded = Array((Data(repeating: 0, count: before) + secret).base64EncodedData())
            let bits = (before + secret.count) * 8
            let first = (before * 8 + 5) / 6
            guard bits / 6 > first else { continue }
            forms.append(Form(text: encoded[first..<(bits / 6)].map(SecretSearch.lowercased), isBase64: true))
        }
        self.forms = forms.filter { !$0.text.isEmpty }
        var begins = [Bool](repeating: false, count: 256)
        for form in self.forms {
            for byte in UInt8.min...UInt8.max where SecretSearch.plain(byte, form) == form.text[0] { begins[Int(byte)] = true }
        }
        for byte in UInt8.min...UInt8.max where DisguisedText.isEscape(byte) { begins[Int(byte)] = true }
        // The first bytes of full-width letters and of hyphens.
        begins[0xEF] = true
        begins[0xE2] = true
        self.begins = secret.isEmpty ? [Bool](repeating: false, count: 256) : begins
    }

    /// The range of the first occurrence at or after an offset. Every response is scanned, so most bytes cost one
    /// look-up.
    func first(in data: Data, from start: Int) -> Range<Int>? {
        data.withUnsafeBytes { raw -> Range<Int>? in
            let bytes = raw.bindMemory(to: UInt8.self)
            return begins.withUnsafeBufferPointer { begins -> Range<Int>? in
                var at = start
                while at < bytes.count {
                    let byte = bytes[at]
                    guard begins[Int(byte)] else {
                        at += 1
                        continue
                    }
                    for form in forms {
                        if let end = end(of: form, in: bytes, from: at) { return range(at, end, form, bytes, from: start) }
                    }
                    at += 1
                    // A run of backslashes begins one escape; a file full of them must not take quadratic time.
                    if byte == UInt8(ascii: "\\") { while at < bytes.count, bytes[at] == byte { at += 1 } }
                }
                return nil
            }
        }
    }

    /// The text with every occurrence replaced.
    func replacing(in text: String, with replacement: String) -> String {
        let data = Data(text.utf8)
        guard var found = first(in: data, from: 0) else { return text }
        var clean = Data()
        var position = 0
        while true {
            clean += data[position..<found.lowerBound]
            clean += Data(replacement.utf8)
            position = found.upperBound
            guard let next = first(in: data, from: position) else { break }
            found = next
        }
        return String(decoding: clean + data[position...], as: UTF8.self)
    }

    /// The end of a form of the secret if it begins at an offset; `nil` otherwise.
    private func end(of form: Form, in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        let text = DisguisedText(bytes)
        var position = start
        var matched = 0
        while matched < form.text.count {
            guard position < bytes.count else { return nil }
            let byte = bytes[position]
            if SecretSearch.plain(byte, form) == form.text[matched] {
                position += 1
                matched += 1
                continue
            }
            if byte >= 0x20, byte < 0x7F, !DisguisedText.isEscape(byte) { return nil }
            let character = text.character(at: position)
            switch character.value {
            case .ascii(let byte):
                guard SecretSearch.plain(byte, form) == form.text[matched] else { return nil }
                matched += 1
            case .ignorable:
                guard matched > 0 else { return nil }
            case .other: return nil
            }
            position = character.end
        }
        return position
    }

    /// The range to remove: in base64 the whole word with its padding, because the adjacent characters also contain
    /// bits of the secret.
    private func range(
        _ start: Int, _ end: Int, _ form: Form, _ bytes: UnsafeBufferPointer<UInt8>, from least: Int
    ) -> Range<Int> {
        guard form.isBase64 else { return start..<end }
        func isBase64(_ byte: UInt8) -> Bool {
            byte < 0x80
                && (Unicode.Scalar(byte).properties.isAlphabetic || (0x30...0x39).contains(byte) || "+/-_".utf8.contains(byte))
        }
        var (first, last) = (start, end)
        while first > least, isBase64(bytes[first - 1]) { first -= 1 }
        while last < bytes.count, isBase64(bytes[last]) { last += 1 }
        while last < bytes.count, bytes[last] == UInt8(ascii: "=") { last += 1 }
        return first..<last
    }

    private static let digits = Array("0123456789abcdef".utf8)

    private static func lowercased(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    private static func plain(_ byte: UInt8, _ form: Form) -> UInt8 {
        if form.isBase64 {
            if byte == UInt8(ascii: "-") { return UInt8(ascii: "+") }
            if byte == UInt8(ascii: "_") { return UInt8(ascii: "/") }
        }
        return lowercased(byte)
    }
}
