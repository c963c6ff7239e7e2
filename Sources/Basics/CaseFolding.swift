// Case folding: one text for all that differ only in upper and lower case.

extension String {
    /// The text with its case folded as Unicode folds it in full: `Straße` and `STRASSE` are one text. The dotless `ı` stays
    /// apart from `i`.
    package var caseFolded: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
        var folded = ""
        for scalar in unicodeScalars {
            folded += scalar == "\u{131}"
                ? "\u{131}" : scalar.properties.lowercaseMapping.uppercased().lowercased()
        }
        return folded
    }
}
