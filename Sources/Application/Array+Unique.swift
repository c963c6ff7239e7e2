// Removes duplicates from lists.

extension [String] {
    /// Each text once, at its first position.
    package var uniquedInOrder: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
