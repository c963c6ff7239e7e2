// Finds the closest known word to a mistyped one, for "did you mean" hints.

/// The number of insertions, deletions, replacements and transpositions of adjacent characters that turn one text
/// into the other (optimal string alignment distance).
package func editDistance(_ a: String, _ b: String) -> Int {
    let a = Array(a), b = Array(b)
    guard !a.isEmpty else { return b.count }
    guard !b.isEmpty else { return a.count }
    var beforeLast = [Int](repeating: 0, count: b.count + 1)
    var last = Array(0...b.count)
    for i in 1...a.count {
        var row = [i] + [Int](repeating: 0, count: b.count)
        for j in 1...b.count {
            row[j] = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1))
            if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                row[j] = min(row[j], beforeLast[j - 2] + 1)
            }
        }
        (beforeLast, last) = (last, row)
    }
    return last[b.count]
}

/// The closest candidate, or `nil` when none is close enough to be a likely typo.
package func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    guard word.count <= 1000 else { return nil }
    let limit = max(1, word.count / 3)
    // The difference in length is a lower bound of the distance, so very long texts are skipped.
    return candidates.filter { abs($0.count - word.count) <= limit }
        .map { ($0, editDistance(word.lowercased(), $0.lowercased())) }
        .filter { $0.1 <= limit }
        .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
}
