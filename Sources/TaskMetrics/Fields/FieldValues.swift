// Normalizes document fields for comparison.

package import Basics
import Foundation

/// Normalization of documents and leaves.
package enum FieldValues {
    /// The document without null, empty texts, empty lists and empty objects. Texts are trimmed and in NFC. Strict
    /// schemas force models to write every key, so null must count like an absent key. `nil` if nothing remains.
    package static func normalised(_ value: JSONValue) -> JSONValue? {
        switch value {
        // A plain `nil` would mean JSON null.
        case .null: return JSONValue?.none
        case .string(let text):
            let text = trimmed(text)
            return text.isEmpty ? JSONValue?.none : .string(text)
        case .array(let items):
            let items = items.compactMap(normalised)
            return items.isEmpty ? JSONValue?.none : .array(items)
        case .object(let members):
            var kept: [String: JSONValue] = [:]
            for (name, value) in members {
                guard let value = normalised(value) else { continue }
                kept[name] = value
            }
            return kept.isEmpty ? JSONValue?.none : .object(kept)
        case .double(let number): return number.isFinite ? value : JSONValue?.none
        case .bool, .int: return value
        }
    }

    /// The text of a leaf: texts unchanged, numbers and booleans in JSON notation (`12.5`, `true`).
    package static func text(_ leaf: JSONValue) -> String {
        switch leaf {
        case .string(let text): text
        case .int(let number): String(number)
        case .double(let number): "\(number)"
        case .bool(let flag): flag ? "true" : "false"
        case .null, .array, .object: ""
        }
    }

    /// The comparison key of a leaf: the decimal of a number, the day of a date, else the text.
    static func key(_ leaf: JSONValue, shape: FieldShape?) -> String {
        let text = text(leaf)
        switch shape {
        case .number, .integer: return decimal(text) ?? text
        case .date: return day(text) ?? text
        case .boolean: return text.lowercased()
        case .text, .object, .list, nil: return text
        }
    }

    static func isNumber(_ leaf: JSONValue) -> Bool {
        switch leaf {
        case .int, .double: true
        default: false
        }
    }

    /// A canonical spelling of decimal numbers: `12.50`, `+12.5` and `1.25e1` become `12.5`. `nil` for other text and
    /// for exponents beyond 400. Thousands separators are not allowed.
    package static func decimal(_ text: String) -> String? {
        guard text.utf8.count <= 1000 else { return nil }
        // Byte by byte, because matching list entries reads a number for each pair of them.
        let bytes = Array(text.utf8)
        var at = 0
        func digitsEnd(_ start: Int) -> Int {
            var end = start
            while end < bytes.count, (0x30...0x39).contains(bytes[end]) { end += 1 }
            return end
        }
        let isNegative = bytes.first == UInt8(ascii: "-")
        if isNegative || bytes.first == UInt8(ascii: "+") { at = 1 }
        let whole = bytes[at..<digitsEnd(at)]
        at = whole.endIndex
        var fraction = bytes[at..<at]
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            fraction = bytes[(at + 1)..<digitsEnd(at + 1)]
            at = fraction.endIndex
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        var exponent = 0
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            var start = at + 1
            if start < bytes.count, bytes[start] == UInt8(ascii: "+") || bytes[start] == UInt8(ascii: "-") { start += 1 }
            let end = digitsEnd(start)
            guard (1...4).contains(end - start), let value = Int(String(decoding: bytes[(at + 1)..<end], as: UTF8.self)) else {
                return nil
            }
            exponent = value
            at = end
        }
        guard at == bytes.count else { return nil }
        guard abs(exponent) <= 400 else { return nil }
        var digits = Array(whole) + Array(fraction)
        var point = whole.count + exponent
        if point < 0 {
            digits.insert(contentsOf: repeatElement(zero, count: -point), at: 0)
            point = 0
        }
        if point > digits.count { digits.append(contentsOf: repeatElement(zero, count: point - digits.count)) }
        let before = String(decoding: digits[..<point].drop { $0 == zero }, as: UTF8.self)
        var after = digits[point...]
        while after.last == zero { after.removeLast() }
        let number = (before.isEmpty ? "0" : before) + (after.isEmpty ? "" : "." + String(decoding: after, as: UTF8.self))
        return isNegative && number != "0" ? "-" + number : number
    }

    private static let zero = UInt8(ascii: "0")

    /// The day of an ISO 8601 date or time: `2024-05-01`, `20240501`, `2024-05-01T10:00:00Z`.
    package static func day(_ text: String) -> String? {
        guard let match = text.prefixMatch(of: #/([0-9]{4})-?([0-9]{2})-?([0-9]{2})(?=$|[T ])/#) else { return nil }
        return "\(match.1)-\(match.2)-\(match.3)"
    }

    private static func trimmed(_ text: String) -> String {
        let scalars = TextForm(foldsSpace: false)(text).unicodeScalars
        guard let first = scalars.firstIndex(where: { !TextForm.isSpace($0) }),
            let last = scalars.lastIndex(where: { !TextForm.isSpace($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}
