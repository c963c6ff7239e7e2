// Byte-wise string identity: two Unicode spellings of one name stay distinct.

/// A string with byte-wise equality. `String` compares by canonical equivalence, so a dictionary keyed by `String`
/// would merge two file names that differ only in how an accent is encoded.
package struct ExactText: Hashable, Sendable {
    /// The string with its original bytes.
    package let text: String

    /// Wraps a string without normalizing it.
    package init(_ text: String) { self.text = text }

    /// Compares UTF-8 bytes, not canonical equivalence.
    package static func == (a: ExactText, b: ExactText) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    /// Hashes the UTF-8 bytes, consistently with `==`.
    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(text.utf8.count)
    }
}

extension String {
    /// The components of a path, split at `/` byte by byte: a slash followed by a combining mark is one `Character`,
    /// but still a separator for the file system.
    package var pathParts: [String] { utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) } }

    /// The text after a prefix, compared byte by byte; `nil` when the text does not start with it.
    package func dropping(exactPrefix prefix: String) -> String? {
        utf8.starts(with: prefix.utf8) ? String(Substring(utf8.dropFirst(prefix.utf8.count))) : nil
    }
}
