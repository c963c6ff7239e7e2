// Python's `str.title()`, with which published labels were made.

/// Converts the first cased letter after an uncased character to title case and all other letters to lower case, as
/// CPython's `str.title()` does: an apostrophe, a digit or a hyphen starts a new word (`They'Re`).
package func pythonTitle(_ text: String) -> String {
    let scalars = Array(text.unicodeScalars)
    var result = String.UnicodeScalarView()
    var afterCased = false
    for (index, scalar) in scalars.enumerated() {
        let mapped =
            if !afterCased {
                scalar.properties.titlecaseMapping
            } else if scalar == "\u{3A3}" {
                isFinalSigma(scalars, at: index) ? "\u{3C2}" : "\u{3C3}"
            } else {
                scalar.properties.lowercaseMapping
            }
        result.append(contentsOf: mapped.unicodeScalars)
        afterCased = scalar.properties.isCased
    }
    return String(result)
}

/// Whether a capital sigma is at the end of a word (the Unicode rule Final_Sigma): a cased letter precedes it and
/// none follows, ignoring case-ignorable characters.
private func isFinalSigma(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased == true && after?.properties.isCased != true
}
