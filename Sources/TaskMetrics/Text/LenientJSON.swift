// Finds the JSON in a model's reply, where it is fenced, surrounded by words, written with single quotes, or cut off.

package import Basics
import Foundation

/// How a reply was read. Reports count each.
package enum ReplyForm: String, Hashable, Sendable, Codable, CaseIterable {
    /// The reply was exactly in the requested form.
    case clean
    /// The value was found inside a fence, other text or another wrapping.
    case unwrapped
    /// The reply ended early; what came before the cut was read.
    case cut
    /// Nothing of the requested form could be read.
    case unreadable
}

package enum LenientJSON {
    /// Longer replies are unreadable.
    package static let longest = 4_000_000

    /// The first JSON document in a reply and how it was found; `nil` where there is none. Total: any text has a result.
    package static func read(_ reply: String) -> (value: JSONValue, form: ReplyForm)? {
        guard reply.utf8.count <= longest else { return nil }
        if let value = try? JSONValue(parsing: Data(reply.utf8)) { return (value, .clean) }
        let inner = withoutFence(reply)
        if let value = try? JSONValue(parsing: Data(inner.utf8)) { return (value, .unwrapped) }
        let bytes = Array(inner.utf8)
        // Beginnings that lead nowhere cost a pass each; a reply with hundreds of them holds no answer.
        var start = 0, attempts = 0
        while attempts < 200, let open = bytes[start...].firstIndex(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "[") }) {
            attempts += 1
            if let end = balancedEnd(bytes, from: open) {
                let part = Array(bytes[open...end])
                if let value = parsed(part) { return (value, .unwrapped) }
            }
            start = open + 1
        }
        return nil
    }

    /// The complete objects that stand in a reply before it was cut off, those of a list that never closes. Empty where there
    /// are none.
    package static func completeObjects(_ reply: String) -> [JSONValue] {
        guard reply.utf8.count <= longest else { return [] }
        let bytes = Array(withoutFence(reply).utf8)
        var found: [JSONValue] = []
        var at = 0, attempts = 0
        while attempts < 100_000, let open = bytes[at...].firstIndex(of: UInt8(ascii: "{")) {
            attempts += 1
            guard let end = balancedEnd(bytes, from: open) else {
                // A list inside the cut object may hold complete ones: `{"boxes": [{…}, {…`.
                guard found.isEmpty, attempts < 50 else { break }
                at = open + 1
                continue
            }
            if let value = parsed(Array(bytes[open...end])), value.object != nil {
                found.append(value)
                at = end + 1
            } else {
                at = open + 1
            }
        }
        return found
    }

    /// The text between one outer pair of fences (```), also where the closing one is missing; else the text.
    package static func withoutFence(_ text: String) -> String {
        let bytes = Array(text.utf8)
        let fence = Array("```".utf8)
        var start = 0
        while start < bytes.count, isSpace(bytes[start]) { start += 1 }
        guard bytes[start...].starts(with: fence) else { return text }
        var inner = bytes[(start + 3)...]
        // The rest of the line names a language, unless it holds the answer itself.
        let line = inner.prefix { $0 != UInt8(ascii: "\n") }
        if line.count < inner.count, line.allSatisfy({ isSpace($0) || isLetter($0) }) {
            inner = inner.dropFirst(line.count + 1)
        } else if let name = Optional(inner.prefix(while: isLetter)), !name.isEmpty {
            inner = inner.dropFirst(name.count)
        }
        while let last = inner.last, isSpace(last) { inner.removeLast() }
        if inner.count >= 3, inner.suffix(3).elementsEqual(fence) { inner = inner.dropLast(3) }
        return String(decoding: inner, as: UTF8.self)
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
    private static func isLetter(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) || byte == UInt8(ascii: "_")
    }

    /// Where the bracket that opens at a place closes, counting brackets outside texts; `nil` where it never does.
    private static func balancedEnd(_ bytes: [UInt8], from open: Int) -> Int? {
        var depth = 0
        var quote: UInt8?
        var at = open
        while at < bytes.count {
            let byte = bytes[at]
            if let mark = quote {
                if byte == UInt8(ascii: "\\") { at += 1 } else if byte == mark { quote = nil }
            } else {
                switch byte {
                case UInt8(ascii: "\""): quote = byte
                case UInt8(ascii: "'"):
                    // An apostrophe within a word opens nothing.
                    if at == open || !isLetter(bytes[at - 1]) { quote = byte }
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"):
                    depth -= 1
                    if depth == 0 { return at }
                default: break
                }
            }
            at += 1
        }
        return nil
    }

    /// A value, also with single quotes, trailing commas, and Python's words for true, false and null.
    private static func parsed(_ bytes: [UInt8]) -> JSONValue? {
        if let value = try? JSONValue(parsing: Data(bytes)) { return value }
        return try? JSONValue(parsing: Data(repaired(bytes)))
    }

    private static func repaired(_ bytes: [UInt8]) -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(bytes.count)
        var at = 0
        while at < bytes.count {
            let byte = bytes[at]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                out.append(UInt8(ascii: "\""))
                at += 1
                while at < bytes.count, bytes[at] != byte {
                    if bytes[at] == UInt8(ascii: "\\"), at + 1 < bytes.count {
                        // JSON knows no escaped apostrophe.
                        if bytes[at + 1] != UInt8(ascii: "'") { out.append(bytes[at]) }
                        at += 1
                        out.append(bytes[at])
                    } else if bytes[at] == UInt8(ascii: "\"") {
                        out.append(contentsOf: [UInt8(ascii: "\\"), UInt8(ascii: "\"")])
                    } else {
                        out.append(bytes[at])
                    }
                    at += 1
                }
                out.append(UInt8(ascii: "\""))
                at += 1
            case UInt8(ascii: ","):
                let next = bytes[(at + 1)...].first { !isSpace($0) }
                if next != UInt8(ascii: "}"), next != UInt8(ascii: "]") { out.append(byte) }
                at += 1
            case _ where isLetter(byte):
                let word = Array(bytes[at...].prefix(while: isLetter))
                switch String(decoding: word, as: UTF8.self) {
                case "True": out.append(contentsOf: "true".utf8)
                case "False": out.append(contentsOf: "false".utf8)
                case "None": out.append(contentsOf: "null".utf8)
                default: out.append(contentsOf: word)
                }
                at += word.count
            default:
                out.append(byte)
                at += 1
            }
        }
        return out
    }
}
