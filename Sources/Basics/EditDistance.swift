// The nearest known word to a mistyped one, for "did you mean".

/// The number of insertions, deletions, replacements and swaps of neighbours that turn one text into
/// the other (optimal string alignment).
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

/// The candidate nearest to a word, when it is near enough to be what was meant.
package func nearest(to word: String, among candidates: some Sequence<String>) -> String? {
    guard word.count <= 1000 else { return nil }
    let limit = max(1, word.count / 3)
    // Texts differ by at least as much as their lengths do; a text of a megabyte is compared with nothing.
    return candidates.filter { abs($0.count - word.count) <= limit }
        .map { ($0, editDistance(word.lowercased(), $0.lowercased())) }
        .filter { $0.1 <= limit }
        .min { ($0.1, $0.0) < ($1.1, $1.0) }?.0
}
