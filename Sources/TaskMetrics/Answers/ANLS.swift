// Average normalized Levenshtein similarity (Biten et al. 2019): tolerates misread letters, but not other words.

/// ANLS of one question.
package enum ANLS {
    /// The best similarity to an accepted answer: 1 - edits / length of the longer text, and 0 if that ratio reaches
    /// one half, as the paper defines it. Ignores case and white space. Two empty texts are equal. 0 without accepted
    /// answers.
    /// - Parameter answer: `nil` for an unreadable answer, which scores 0.
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
