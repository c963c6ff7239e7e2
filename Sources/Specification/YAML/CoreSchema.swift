// Scalar types by the YAML 1.2 core schema (yaml.org/spec/1.2.2, 10.3).

package import Basics

/// The typed value of a scalar.
package enum CoreValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case double(Double)
    case string(String)

    /// The value as JSON; non-finite numbers, which JSON lacks, become strings.
    package var json: JSONValue {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .int(let value): .int(value)
        case .double(let value): value.isFinite ? .double(value) : .string("\(value)")
        case .string(let value): .string(value)
        }
    }
}

extension YAMLScalar {
    /// The value by the core schema: `no` and `1:30` are strings, `1e-4` is a number, `0o17` is octal.
    package var resolved: CoreValue {
        switch tag {
        case .str: return .string(text)
        case .null: return .null
        case .bool, .int, .float: break
        case nil: if !isPlain { return .string(text) }
        }
        let value = YAMLScalar.coreValue(text)
        if tag == .float, case .int(let whole) = value { return .double(Double(whole)) }
        return value
    }

    /// The value of an untagged plain scalar. An integer that does not fit in 64 bits becomes a double.
    package static func coreValue(_ text: String) -> CoreValue {
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "~"), UInt8(ascii: "n"), UInt8(ascii: "N"):
            return ["~", "null", "Null", "NULL"].contains(text) ? .null : .string(text)
        case UInt8(ascii: "t"), UInt8(ascii: "T"):
            return ["true", "True", "TRUE"].contains(text) ? .bool(true) : .string(text)
        case UInt8(ascii: "f"), UInt8(ascii: "F"):
            return ["false", "False", "FALSE"].contains(text) ? .bool(false) : .string(text)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            return number(text) ?? .string(text)
        default:
            return .string(text)
        }
    }

    private static func number(_ text: String) -> CoreValue? {
        // Most plain scalars start with a letter, so they are words.
        guard let first = text.utf8.first, first < UInt8(ascii: "A") else { return nil }
        if text.hasPrefix("0o") { return Int64(unsigned: text.dropFirst(2), radix: 8).map { .int($0) } }
        if text.hasPrefix("0x") { return Int64(unsigned: text.dropFirst(2), radix: 16).map { .int($0) } }
        var rest = text.utf8[...]
        let sign = rest.first
        if sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") { rest.removeFirst() }
        switch String(Substring(rest)) {
        case ".inf", ".Inf", ".INF": return .double(sign == UInt8(ascii: "-") ? -.infinity : .infinity)
        case ".nan", ".NaN", ".NAN": return rest.count == text.utf8.count ? .double(.nan) : nil
        default: break
        }
        func digits() -> Int {
            let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
            rest.removeFirst(count)
            return count
        }
        let whole = digits()
        if rest.isEmpty {
            guard whole > 0 else { return nil }
            return Int64(text).map { .int($0) } ?? Double(text).map { .double($0) }
        }
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            guard digits() + whole > 0 else { return nil }
        } else if whole == 0 {
            return nil
        }
        if let letter = rest.first, letter == UInt8(ascii: "e") || letter == UInt8(ascii: "E") {
            rest.removeFirst()
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
            guard digits() > 0 else { return nil }
        }
        guard rest.isEmpty else { return nil }
        // Swift's parser requires a digit on both sides of the point.
        return Double(text.replacing(".e", with: ".0e").replacing(".E", with: ".0E") + (text.hasSuffix(".") ? "0" : ""))
            .map { .double($0) }
    }
}

extension Int64 {
    fileprivate init?(unsigned digits: Substring, radix: Int) {
        guard let first = digits.first, first != "-", first != "+" else { return nil }
        self.init(digits, radix: radix)
    }
}
