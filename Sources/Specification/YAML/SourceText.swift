// Named source texts, from which nodes take their positions.

/// A text under the name that the user gave it: a file's path, or `--set` with its number. Compared by identity.
package final class SourceText: Sendable, Hashable {
    /// The path as the user gave it.
    package let name: String
    /// The text without a byte order mark; not necessarily valid UTF-8.
    package let bytes: [UInt8]

    /// - Parameter bytes: a leading byte order mark is removed.
    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    /// Creates a text from a string, as for `--set` and built-in tables.
    package convenience init(name: String, text: String) { self.init(name: name, bytes: Array(text.utf8)) }

    /// The folder of the file, to which its relative paths refer.
    package var folder: String {
        guard let slash = name.lastIndex(of: "/") else { return "." }
        return slash == name.startIndex ? "/" : String(name[..<slash])
    }

    /// Whether the name has a YAML or JSON extension.
    var isYAML: Bool {
        let name = name.lowercased()
        return [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
    }

    /// A line without its line break, counted from 1; `nil` beyond the end.
    package func line(_ number: Int) -> String? {
        var current = 1
        var start = 0
        var index = 0
        while index <= bytes.count {
            let isEnd = index == bytes.count
            if isEnd || bytes[index] == 0x0A || bytes[index] == 0x0D {
                if current == number { return String(decoding: bytes[start..<index], as: UTF8.self) }
                if isEnd { return nil }
                if bytes[index] == 0x0D, index + 1 < bytes.count, bytes[index + 1] == 0x0A { index += 1 }
                current += 1
                start = index + 1
            }
            index += 1
        }
        return nil
    }

    /// The line and column of a byte, counted from 1.
    package func place(ofByte offset: Int) -> (line: Int, column: Int) {
        var line = 1
        var start = 0
        for index in 0..<min(offset, bytes.count) {
            if bytes[index] == 0x0A || (bytes[index] == 0x0D && !(index + 1 < bytes.count && bytes[index + 1] == 0x0A)) {
                line += 1
                start = index + 1
            }
        }
        let before = String(decoding: bytes[start..<min(offset, bytes.count)], as: UTF8.self)
        return (line, before.unicodeScalars.count + 1)
    }

    /// Compares identities, not contents.
    package static func == (a: SourceText, b: SourceText) -> Bool { a === b }
    /// Hashes the identity, consistently with `==`.
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
