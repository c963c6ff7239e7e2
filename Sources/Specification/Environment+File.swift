// Parses .env files with the rules of python-dotenv.

import Basics

extension Environment {
    /// Parses `NAME=value` lines by the rules of python-dotenv: `export`, comments, single and double quotes,
    /// escapes, multi-line values, and `${NAME}` and `${NAME:-default}` within values. Unlike python-dotenv, an
    /// invalid line is an error, and a byte order mark is skipped.
    /// - Parameter process: the variables that take precedence over those of the file, also within values.
    init(file: SourceText, process: Environment) throws(Finding) {
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            let valid = String(decoding: file.bytes, as: UTF8.self).unicodeScalars.prefix { $0 != "\u{fffd}" }
            throw Finding(.badEnvironmentFile(line: 1 + valid.count { $0 == "\n" }), at: nil)
        }
        var reader = EnvironmentFileReader(text)
        // A name without a value unsets an earlier value, and expands to nothing in a later one.
        var variables: [String: String?] = [:]
        while let (name, value) = try reader.next() {
            let resolved = value.map { text in
                Environment.interpolated(text) { name in process[name] ?? variables[name].map { $0 ?? "" } }
            }
            variables.updateValue(resolved, forKey: name)
        }
        self.init(variables.compactMapValues { $0 })
    }

    /// A value with its variables expanded; an unset variable expands to nothing.
    private static func interpolated(_ value: String, _ variable: (String) -> String?) -> String {
        let scalars = Array(value.unicodeScalars)
        var result = String.UnicodeScalarView()
        var position = 0
        while position < scalars.count {
            guard scalars[position...].starts(with: ["$", "{"]) else {
                result.append(scalars[position])
                position += 1
                continue
            }
            let name = scalars[(position + 2)...].prefix { $0 != "}" && $0 != ":" }
            let rest = scalars[name.endIndex...]
            let fallback: ArraySlice<Unicode.Scalar>? =
                rest.starts(with: [":", "-"]) ? rest.dropFirst(2).prefix { $0 != "}" } : nil
            let end = fallback?.endIndex ?? name.endIndex
            guard end < scalars.count, scalars[end] == "}" else {
                result.append("$")
                position += 1
                continue
            }
            let text = variable(String(scalars: name)) ?? fallback.map { String(scalars: $0) } ?? ""
            result.append(contentsOf: text.unicodeScalars)
            position = end + 1
        }
        return String(result)
    }
}

/// Reads the statements of a .env file one by one. Works on scalars, because a line break and a combining character
/// form one `Character`.
private struct EnvironmentFileReader {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ text: String) {
        var scalars: [Unicode.Scalar] = []
        scalars.reserveCapacity(text.utf8.count)
        // All kinds of line breaks become a line feed, also within quotes.
        var afterReturn = false
        for scalar in text.unicodeScalars {
            if scalar == "\n", afterReturn {
                afterReturn = false
                continue
            }
            afterReturn = scalar == "\r"
            scalars.append(afterReturn ? "\n" : scalar)
        }
        if scalars.first == "\u{feff}" { scalars.removeFirst() }
        self.scalars = scalars
    }

    /// The next name and its value; the value is `nil` for a name without `=`. Returns `nil` at the end.
    mutating func next() throws(Finding) -> (name: String, value: String?)? {
        while true {
            skip { EnvironmentFileReader.isSpace($0) }
            guard position < scalars.count else { return nil }
            let start = position
            if scalars[position] == "#" {
                skip { $0 != "\n" }
                continue
            }
            guard let (name, value) = statement() else {
                // The message omits the line, which may contain a secret.
                throw Finding(.badEnvironmentFile(line: 1 + scalars[..<start].count { $0 == "\n" }), at: nil)
            }
            return (name, value)
        }
    }

    private mutating func statement() -> (name: String, value: String?)? {
        let word = Array("export".unicodeScalars)
        if scalars[position...].starts(with: word) {
            let after = position + word.count
            if after < scalars.count, EnvironmentFileReader.isBlank(scalars[after]) {
                position = after
                skip(EnvironmentFileReader.isBlank)
            }
        }
        guard let name = name() else { return nil }
        skip(EnvironmentFileReader.isBlank)
        var value: String?
        if peek == "=" {
            position += 1
            let start = position
            skip(EnvironmentFileReader.isBlank)
            if position > start, peek == "#" {
                value = ""
            } else {
                guard let read = self.value() else { return nil }
                value = read
            }
        } else if !EnvironmentFileReader.isVariable(name) {
            // An unlikely name: probably a secret without its name.
            return nil
        }
        skip(EnvironmentFileReader.isBlank)
        if peek == "#" { skip { $0 != "\n" } }
        guard position == scalars.count || scalars[position] == "\n" else { return nil }
        return (name, value)
    }

    private mutating func name() -> String? {
        if peek == "'" {
            let inside = scalars[(position + 1)...].prefix { $0 != "'" }
            guard !inside.isEmpty, inside.endIndex < scalars.count else { return nil }
            position = inside.endIndex + 1
            return String(scalars: inside)
        }
        let name = scalars[position...].prefix { $0 != "=" && $0 != "#" && !EnvironmentFileReader.isSpace($0) }
        position = name.endIndex
        return name.isEmpty ? nil : String(scalars: name)
    }

    private mutating func value() -> String? {
        switch peek {
        case "'": return quoted("'", escapes: ["\\": "\\", "'": "'"])
        case "\"":
            return quoted(
                "\"",
                escapes: [
                    "\\": "\\", "'": "'", "\"": "\"", "a": "\u{7}", "b": "\u{8}", "f": "\u{c}", "n": "\n", "r": "\r",
                    "t": "\t", "v": "\u{b}",
                ])
        default:
            let line = scalars[position...].prefix { $0 != "\n" }
            position = line.endIndex
            // A comment starts at the first `#` after white space.
            var end = line.endIndex
            for index in line.indices.dropFirst()
            where line[index] == "#" && EnvironmentFileReader.isSpace(line[index - 1]) {
                end = index
                break
            }
            var value = line[..<end]
            while let last = value.last, EnvironmentFileReader.isSpace(last) { value.removeLast() }
            return String(scalars: value)
        }
    }

    /// A quoted value; a backslash escapes the next character.
    private mutating func quoted(_ quote: Unicode.Scalar, escapes: [Unicode.Scalar: Unicode.Scalar]) -> String? {
        let start = position + 1
        var index = start
        while index < scalars.count, scalars[index] != quote { index += scalars[index] == "\\" ? 2 : 1 }
        guard index < scalars.count else { return nil }
        let end = index
        var value: [Unicode.Scalar] = []
        index = start
        while index < end {
            if scalars[index] == "\\", index + 1 < end, let meant = escapes[scalars[index + 1]] {
                value.append(meant)
                index += 2
            } else {
                value.append(scalars[index])
                index += 1
            }
        }
        position = end + 1
        return String(scalars: value[...])
    }

    private var peek: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }

    private mutating func skip(_ isSkipped: (Unicode.Scalar) -> Bool) {
        while position < scalars.count, isSkipped(scalars[position]) { position += 1 }
    }

    /// Whether Python's `\s` matches the character.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value)
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool { scalar != "\n" && isSpace(scalar) }

    private static func isVariable(_ name: String) -> Bool {
        name.utf8.first.map { !(0x30...0x39).contains($0) } ?? false
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}

extension String {
    fileprivate init(scalars: ArraySlice<Unicode.Scalar>) {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        self.init(view)
    }
}
