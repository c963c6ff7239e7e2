// Unicode case folding.

extension String {
    /// The text after full Unicode case folding: `Straße` and `STRASSE` become equal. The dotless `ı` stays distinct
    /// from `i`.
    package var caseFolded: String {
        if utf8.allSatisfy({ $0 < 0x80 }) { return lowercased() }
        var folded = ""
        for scalar in unicodeScalars {
            folded +=
                scalar == "\u{131}"
                ? "\u{131}" : scalar.properties.lowercaseMapping.uppercased().lowercased()
        }
        return folded
    }
}
