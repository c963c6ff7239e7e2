// Python's str.title(), which published labels were made with.

/// Writes the first cased letter after any uncased character as a capital and the others small, as
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

/// Whether a capital sigma stands at a word's end (the Unicode rule Final_Sigma): a cased letter before
/// it and none after it, characters that case ignores not counted.
private func isFinalSigma(_ scalars: [Unicode.Scalar], at index: Int) -> Bool {
    let before = scalars[..<index].last { !$0.properties.isCaseIgnorable }
    let after = scalars[(index + 1)...].first { !$0.properties.isCaseIgnorable }
    return before?.properties.isCased == true && after?.properties.isCased != true
}
