// Maps a range of indices on several threads.

/// Computes `body` for 0..<`count` on at most `threads` threads, in chunks of consecutive indices, and returns the
/// results in order. Calls `progress` with the number of results done, from the calling task.
///
/// - Throws: the first error of `body`, or `CancellationError`.
func parallelMap<Value: Sendable>(
    count: Int, threads: Int, run: Int = 64, _ body: @escaping @Sendable (Int) throws -> Value,
    progress: (Int) -> Void = { _ in }
) async throws -> [Value] {
    let runs = stride(from: 0, to: count, by: run).map { $0..<min($0 + run, count) }
    return try await withThrowingTaskGroup(of: (Int, [Value]).self) { group in
        var waiting = runs.indices.makeIterator()
        func start() {
            guard let index = waiting.next() else { return }
            let range = runs[index]
            group.addTask {
                try Task.checkCancellation()
                return (index, try range.map(body))
            }
        }
        for _ in 0..<max(1, threads) { start() }
        var parts = [[Value]](repeating: [], count: runs.count)
        var done = 0
        while let (index, values) = try await group.next() {
            parts[index] = values
            done += values.count
            progress(done)
            start()
        }
        return parts.flatMap(\.self)
    }
}
