// The rule that derives a label from a folder name.

/// Derives a label from a folder name in three steps: cut, replace, change case. For example, `{ after: "-", replace:
/// { "_": " " }, case: title }` turns `n02088094-Afghan_hound` into `Afghan Hound`.
package struct LabelSpec: Hashable, Sendable, Codable {
    /// Keeps the text after the first occurrence of this text; a name without it is kept whole.
    package var after: String?
    /// Replacements of all occurrences, applied in order.
    package var replace: [Replacement]
    /// The final case conversion; `nil` for none.
    package var letterCase: LetterCase?

    /// Without arguments, the label is the folder name.
    package init(after: String? = nil, replace: [Replacement] = [], letterCase: LetterCase? = nil) {
        self.after = after
        self.replace = replace
        self.letterCase = letterCase
    }
}

extension LabelSpec {
    /// A replacement of all occurrences of a text.
    package struct Replacement: Hashable, Sendable, Codable {
        /// The text that is replaced, compared literally.
        package var old: String
        /// The replacement; empty to delete.
        package var new: String

        /// - Parameter old: compared literally, not as a pattern.
        package init(old: String, new: String) {
            self.old = old
            self.new = new
        }
    }

    /// The case conversion of a label, applied after its replacements.
    package enum LetterCase: String, Hashable, Sendable, Codable, CaseIterable {
        /// Like Python's `str.title()`: the first letter of every run of letters in upper case, the others in lower
        /// case.
        case title
        case lower
        case upper
    }
}
