// How a folder's name becomes a label.

/// The rule from a folder's name to its label, applied in this order: cut, replace, case.
/// `n02088094-Afghan_hound` becomes `Afghan Hound` by `{ after: "-", replace: { "_": " " }, case: title }`.
package struct LabelSpec: Hashable, Sendable, Codable {
    /// Keeps what follows the first occurrence of this text; a name without it is kept whole.
    package var after: String?
    /// Texts replaced everywhere, one after the other.
    package var replace: [Replacement]
    /// How letters are written then.
    package var letterCase: LetterCase?

    package init(after: String? = nil, replace: [Replacement] = [], letterCase: LetterCase? = nil) {
        self.after = after
        self.replace = replace
        self.letterCase = letterCase
    }
}

extension LabelSpec {
    package struct Replacement: Hashable, Sendable, Codable {
        package var old: String
        package var new: String

        package init(old: String, new: String) {
            self.old = old
            self.new = new
        }
    }

    package enum LetterCase: String, Hashable, Sendable, Codable, CaseIterable {
        /// As Python's `str.title()`: the first letter of every run of letters in upper case, the others in lower.
        case title
        case lower
        case upper
    }
}
