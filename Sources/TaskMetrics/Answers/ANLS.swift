// Average normalised Levenshtein similarity (Biten et al. 2019): forgives misread letters, not other words.

/// ANLS of one question.
package enum ANLS {
    /// The best similarity of an answer to an accepted one: 1 - edits over the greater length, and 0 from half of the length
    /// up, as the paper defines it. Case and white space do not count. Two empty texts are equal. 0 without accepted answers.
    /// - Parameter answer: `nil` where none could be read, which scores 0.
    package static func score(_ answer: String?, accepted: [String], unicode: TextForm.UnicodeForm = .nfc) -> Double {
        guard let answer else { return 0 }
        let form = TextForm(unicode: unicode, ignoresCase: true)
        let read = form.codePoints(answer)
        return accepted.map { text in
            let reference = form.codePoints(text)
            let length = max(read.count, reference.count)
            guard length > 0 else { return 1 }
            let apart = Double(Levenshtein.distance(read, reference)) / Double(length)
            return apart < 0.5 ? 1 - apart : 0
        }.max() ?? 0
    }
}
