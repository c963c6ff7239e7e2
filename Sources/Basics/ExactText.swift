// Text compared by its bytes: two Unicode spellings of one name are two names.

/// A name as its bytes spell it. `String` compares by canonical equivalence, so a dictionary of file names keyed by
/// `String` loses one of two files whose names differ only in how an accent is encoded.
package struct ExactText: Hashable, Sendable {
    package let text: String

    package init(_ text: String) { self.text = text }

    package static func == (a: ExactText, b: ExactText) -> Bool { a.text.utf8.elementsEqual(b.text.utf8) }

    package func hash(into hasher: inout Hasher) {
        var text = text
        text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        hasher.combine(text.utf8.count)
    }
}

extension String {
    /// The parts of a path between slashes, split byte by byte: a slash with a combining mark behind it is one
    /// `Character`, and a separator all the same.
    package var pathParts: [String] { utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) } }

    /// What follows a prefix that the text begins with, byte by byte; `nil` where it does not.
    package func dropping(exactPrefix prefix: String) -> String? {
        utf8.starts(with: prefix.utf8) ? String(Substring(utf8.dropFirst(prefix.utf8.count))) : nil
    }
}
