// Parses JSON (RFC 8259) directly into `JSONValue`; large runs parse hundreds of thousands of answers.

import Foundation

/// A recursive-descent parser over the bytes of one document.
struct JSONParser {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private let rules: Rules
    /// The names that one object gives several times with different values.
    private var contradicted: Set<String> = []
    /// The maximum nesting depth of arrays and objects.
    private static let depthLimit = 512

    /// Limits on the content of a document.
    struct Rules {
        /// Whether a number out of range for `Double` becomes the largest finite `Double` instead of an error.
        var saturates = false
        /// Whether the last of several members of one name counts; otherwise they are an error.
        var allowsRepeatedNames = true
        /// Whether to read what `ReceivedJSON` reads although JSON does not allow it.
        var isTolerant = false
        /// Whether a member with several different values becomes null instead of its last value.
        var dropsContradictions = false
        /// Whether a whole number out of range for `Int64` becomes its digits as a string. A `Double` would round it, and
        /// two different numbers, such as long identifiers, would compare as equal.
        var keepsDigits = false
    }

    /// Parses a whole document; only white space may follow the value.
    static func parse(_ bytes: UnsafeRawBufferPointer, _ rules: Rules = Rules()) throws -> JSONValue {
        try document(bytes, rules).value
    }

    /// Parses a whole document, and lists the names that one object gives several times with different values.
    static func document(
        _ bytes: UnsafeRawBufferPointer, _ rules: Rules
    ) throws -> (value: JSONValue, contradicted: Set<String>) {
        var parser = JSONParser(bytes: bytes.bindMemory(to: UInt8.self), rules: rules)
        // A byte order mark is not valid JSON, but some services send one.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.position = 3 }
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.error("unexpected content after the value") }
        return (value, parser.contradicted)
    }

    /// Parses documents that follow each other, with white space or nothing between them.
    static func sequence(
        _ bytes: UnsafeRawBufferPointer, _ rules: Rules
    ) throws -> [(value: JSONValue, contradicted: Set<String>)] {
        var parser = JSONParser(bytes: bytes.bindMemory(to: UInt8.self), rules: rules)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { parser.position = 3 }
        var found: [(value: JSONValue, contradicted: Set<String>)] = []
        parser.skipSpace()
        while parser.position < bytes.count {
            parser.contradicted = []
            let value = try parser.value(depth: 0)
            found.append((value, parser.contradicted))
            parser.skipSpace()
        }
        return found
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, rules: Rules) {
        self.bytes = bytes
        self.rules = rules
    }

    private func error(_ reason: String) -> DecodingError {
        .dataCorrupted(
            DecodingError.Context(codingPath: [], debugDescription: "not JSON at byte \(position): \(reason)"))
    }

    /// The current byte; 0, which is never valid JSON, at the end.
    private var current: UInt8 { position < bytes.count ? bytes[position] : 0 }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func value(depth: Int) throws -> JSONValue {
        guard depth < JSONParser.depthLimit else { throw error("nested too deeply") }
        skipSpace()
        switch current {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N") where rules.isTolerant: return try word("NaN", .null)
        case UInt8(ascii: "I") where rules.isTolerant: return try word("Infinity", .null)
        case UInt8(ascii: "-") where rules.isTolerant && bytes[position...].starts(with: "-Infinity".utf8):
            return try word("-Infinity", .null)
        case UInt8(ascii: "-") where bytes[position...].starts(with: "-Infinity".utf8): throw noValue
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw position < bytes.count ? noValue : error("it ends too early")
        }
    }

    /// The error at a character that begins no value. Python writes numbers that are not finite as words, which are not JSON.
    private var noValue: DecodingError {
        let word = ["NaN", "Infinity", "-Infinity"].first { bytes[position...].starts(with: $0.utf8) }
        return error(word.map { "\($0) is not a finite number" } ?? "no value starts like this")
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws -> JSONValue {
        let letters = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
        guard bytes[position...].starts(with: letters) else { throw noValue }
        position += letters.count
        return value
    }

    private mutating func object(depth: Int) throws -> JSONValue {
        position += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard current == UInt8(ascii: "\"") else { throw error("a member's name is missing") }
            let start = position
            let name = try string()
            if !rules.allowsRepeatedNames, members[name] != nil {
                position = start
                throw error("'\(name.prefix(60))' occurs twice in one object; keep one of the two")
            }
            skipSpace()
            guard current == UInt8(ascii: ":") else { throw error("a colon is missing") }
            position += 1
            let value = try value(depth: depth + 1)
            if let other = members.updateValue(value, forKey: name), other != value { keep(other, or: value, name, &members) }
            skipSpace()
            switch current {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                position += 1
                return .object(members)
            default: throw error("a comma or the object's end is missing")
            }
        }
    }

    /// Of two values the last counts, or none. In a received document, a value counts more than `null`.
    private mutating func keep(
        _ first: JSONValue, or last: JSONValue, _ name: String, _ members: inout [String: JSONValue]
    ) {
        if rules.dropsContradictions {
            members[name] = .null
            contradicted.insert(name)
        } else if rules.isTolerant, last.isNull {
            members[name] = first
        } else if !rules.isTolerant || !first.isNull {
            contradicted.insert(name)
        }
    }

    private mutating func array(depth: Int) throws -> JSONValue {
        position += 1
        var values: [JSONValue] = []
        skipSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array(values)
        }
        while true {
            values.append(try value(depth: depth + 1))
            skipSpace()
            switch current {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"):
                position += 1
                return .array(values)
            default: throw error("a comma or the list's end is missing")
            }
        }
    }

    /// Parses a number; it becomes an integer when it is whole and small enough to be exact.
    private mutating func number() throws -> JSONValue {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        let firstDigit = position
        var isInteger = true
        digits()
        guard position > firstDigit else { throw error("a number has no digits") }
        guard position == firstDigit + 1 || bytes[firstDigit] != UInt8(ascii: "0") else {
            throw error("a number begins with 0")
        }
        if current == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            let fraction = position
            digits()
            guard position > fraction else { throw error("a number ends with its point") }
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            let exponent = position
            digits()
            guard position > exponent else { throw error("a number has no exponent") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let whole = Int64(text) { return .int(whole) }
        if rules.keepsDigits, isInteger || text.wholeMatch(of: #/-?[0-9]+\.0+/#) != nil {
            let whole = String(text.prefix { $0 != "." })
            if Int64(whole) == nil { return .string(whole) }
        }
        guard let parsed = Double(text), parsed.isFinite || rules.saturates else { throw error("a number is too large") }
        let value = min(max(parsed, -Double.greatestFiniteMagnitude), Double.greatestFiniteMagnitude)
        if abs(value) < 0x1p53, let whole = Int64(exactly: value) { return .int(whole) }
        return .double(value)
    }

    private mutating func digits() {
        while (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(current) { position += 1 }
    }

    private mutating func string() throws -> String {
        position += 1
        let start = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let text = try text(start..<position)
                position += 1
                return text
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case 0..<0x20 where !rules.isTolerant: throw error("a control character in a string")
            default: position += 1
            }
        }
        throw error("a string is not terminated")
    }

    private func text(_ range: Range<Int>) throws -> String {
        let part = UnsafeBufferPointer(rebasing: bytes[range])
        if let text = String(validating: part, as: UTF8.self) { return text }
        guard rules.isTolerant else { throw error("a string is not UTF-8") }
        return String(decoding: part, as: UTF8.self)
    }

    /// Parses the rest of a string, starting at its first escape.
    private mutating func escapedString(from start: Int) throws -> String {
        var result = try text(start..<position)
        var plain = position
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                result += try text(plain..<position)
                position += 1
                return result
            case UInt8(ascii: "\\"):
                result += try text(plain..<position)
                position += 1
                result.unicodeScalars.append(try escape())
                plain = position
            case 0..<0x20 where !rules.isTolerant: throw error("a control character in a string")
            default: position += 1
            }
        }
        throw error("a string is not terminated")
    }

    private mutating func escape() throws -> Unicode.Scalar {
        defer { position += 1 }
        switch current {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{c}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"):
            let first = try hexUnit()
            if let scalar = Unicode.Scalar(first) { return scalar }
            // The first half of a surrogate pair; the second half must follow.
            let end = position
            if UTF16.isLeadSurrogate(first), position + 2 < bytes.count, bytes[position + 1] == UInt8(ascii: "\\"),
                bytes[position + 2] == UInt8(ascii: "u")
            {
                position += 2
                let second = try hexUnit()
                if UTF16.isTrailSurrogate(second) {
                    let code = 0x10000 + ((UInt32(first) - 0xD800) << 10) + (UInt32(second) - 0xDC00)
                    if let scalar = Unicode.Scalar(code) { return scalar }
                }
                position = end
            }
            guard rules.isTolerant else { throw error("half of a surrogate pair") }
            return "\u{FFFD}"
        default: throw error("unknown escape")
        }
    }

    /// Parses the four hex digits after `\u`; the position ends at the last of them.
    private mutating func hexUnit() throws -> UInt16 {
        var unit: UInt16 = 0
        for _ in 0..<4 {
            position += 1
            let digit: UInt8
            switch current {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = current - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = current - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = current - UInt8(ascii: "A") + 10
            default: throw error("an escape needs four hex digits")
            }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
