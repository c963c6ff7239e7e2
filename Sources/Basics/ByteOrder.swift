// Byte-wise ordering of strings: the same in every language and on every machine.

/// Compares strings by their UTF-8 bytes, which equals code point order and the order of Python's `sorted`. Swift's
/// own `<` compares by canonical equivalence instead.
package func precedesByBytes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
}

extension Sequence<String> {
    /// The strings sorted by their UTF-8 bytes.
    package func sortedByBytes() -> [String] { sorted(by: precedesByBytes) }
}
