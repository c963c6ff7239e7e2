// Transcription errors in characters and words, relative to the reference.

/// Edits between a reference and an answer, with the reference lengths. Error rates of a set are the sum of edits
/// over the sum of lengths, never the mean of the items' rates.
package struct TextErrors: Hashable, Sendable {
    /// Number of inserted, deleted and substituted code points.
    package var characterEdits: Int
    /// Number of code points in the reference.
    package var characters: Int
    /// Number of inserted, deleted and substituted words.
    package var wordEdits: Int
    /// Number of words in the reference.
    package var words: Int
    /// Whether both texts are equal after normalization.
    package var isExact: Bool

    /// - Parameter answer: `nil` for an unreadable answer: every character counts as deleted.
    package init(reference: String, answer: String?, form: TextForm = .standard) {
        let reference = form(reference)
        let answered = answer.map { form($0) } ?? ""
        let a = reference.unicodeScalars.map(\.value), b = answered.unicodeScalars.map(\.value)
        characters = a.count
        let isSame = a == b
        characterEdits = isSame ? 0 : Levenshtein.distance(a, b)
        let wordsOfReference = TextForm.words(reference)
        words = wordsOfReference.count
        wordEdits = isSame ? 0 : Levenshtein.distance(words: wordsOfReference, TextForm.words(answered))
        isExact = isSame && answer != nil
    }

    /// The indices of the fewest items with at least half of all edits, most edits first. A single endless answer can
    /// dominate the error rate of a set; reports list these items.
    package static func itemsWithHalf(ofEdits edits: [Int]) -> [Int] {
        let total = edits.reduce(0, +)
        guard total > 0 else { return [] }
        var sum = 0
        var items: [Int] = []
        for at in edits.indices.sorted(by: { (edits[$1], $0) < (edits[$0], $1) }) {
            if 2 * sum >= total { break }
            sum += edits[at]
            items.append(at)
        }
        return items
    }
}
