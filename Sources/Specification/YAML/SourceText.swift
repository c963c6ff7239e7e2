// A text that is read, with its name, so that every node can say where it stands.

/// A text under the name that the user gave it: a file's path, or `--set` with its number.
package final class SourceText: Sendable, Hashable {
    /// The path as the user named it.
    package let name: String
    /// The UTF-8 text without a byte order mark.
    package let bytes: [UInt8]

    package init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? Array(bytes.dropFirst(3)) : bytes
    }

    package convenience init(name: String, text: String) { self.init(name: name, bytes: Array(text.utf8)) }

    /// The folder of the file, from which its relative paths count.
    package var folder: String {
        guard let slash = name.lastIndex(of: "/") else { return "." }
        return slash == name.startIndex ? "/" : String(name[..<slash])
    }

    /// Whether its name is that of a YAML or JSON file.
    var isYAML: Bool {
        let name = name.lowercased()
        return [".yaml", ".yml", ".json"].contains { name.hasSuffix($0) }
    }

    /// A line without its end; lines count from 1.
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

    /// The line and column, from 1, of a byte.
    package func place(ofByte offset: Int) -> (line: Int, column: Int) {
        var line = 1
        var start = 0
        for index in 0..<min(offset, bytes.count) {
            if bytes[index] == 0x0A || (bytes[index] == 0x0D && !(index + 1 < bytes.count && bytes[index + 1] == 0x0A))
            {
                line += 1
                start = index + 1
            }
        }
        let before = String(decoding: bytes[start..<min(offset, bytes.count)], as: UTF8.self)
        return (line, before.unicodeScalars.count + 1)
    }

    package static func == (a: SourceText, b: SourceText) -> Bool { a === b }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
