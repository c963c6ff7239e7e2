// Lists without repetitions.

extension [String] {
    /// Each text once, where it first appears.
    package var uniquedInOrder: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
