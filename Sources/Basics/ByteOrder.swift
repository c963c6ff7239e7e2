// The order of texts by their bytes: the same in every language and on every machine.

/// Compares texts by their UTF-8 bytes, which is the order of code points and so of Python's `sorted`.
/// Swift's own `<` compares by canonical equivalence instead.
package func precedesByBytes(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
}

extension Sequence<String> {
    /// Sorted by UTF-8 bytes.
    package func sortedByBytes() -> [String] { sorted(by: precedesByBytes) }
}
