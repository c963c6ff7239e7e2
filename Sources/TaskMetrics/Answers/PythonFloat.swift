// Parses numbers like Python's `float`, which the reference implementations of several metrics use.

/// Parses what Python's `float` accepts: surrounding white space, underscores between digits, decimal digits of any
/// script, `inf` and `nan`; neither hexadecimal numbers nor thousands separators. `nil` for other text.
package func pythonFloat(_ text: String) -> Double? {
    let scalars = Array(text.unicodeScalars)
    guard let first = scalars.firstIndex(where: { !TextForm.isSpace($0) }),
        let last = scalars.lastIndex(where: { !TextForm.isSpace($0) }), last - first < 10_000
    else { return nil }
    var ascii = ""
    for scalar in scalars[first...last] {
        if scalar.properties.generalCategory == .decimalNumber, let digit = scalar.properties.numericValue {
            ascii.append(String(Int(digit)))
        } else if scalar.isASCII {
            ascii.unicodeScalars.append(scalar)
        } else {
            return nil
        }
    }
    var rest = ascii.lowercased()[...]
    var sign = 1.0
    if rest.first == "-" || rest.first == "+" {
        if rest.removeFirst() == "-" { sign = -1 }
    }
    if rest == "inf" || rest == "infinity" { return sign * .infinity }
    if rest == "nan" { return .nan }
    func digits() -> String? {
        var found = "", previous: Character = "_"
        while let next = rest.first, next.isASCII, next.isNumber || next == "_" {
            if next == "_", previous == "_" { return nil }
            if next != "_" { found.append(next) }
            previous = next
            rest.removeFirst()
        }
        return !found.isEmpty && previous == "_" ? nil : found
    }
    guard let whole = digits() else { return nil }
    var number = whole
    var fraction = ""
    if rest.first == "." {
        rest.removeFirst()
        guard let read = digits() else { return nil }
        fraction = read
        number += "." + fraction
    }
    guard !whole.isEmpty || !fraction.isEmpty else { return nil }
    if whole.isEmpty { number = "0" + number }
    if fraction.isEmpty, number.hasSuffix(".") { number += "0" }
    if rest.first == "e" {
        rest.removeFirst()
        number += "e"
        if let mark = rest.first, mark == "-" || mark == "+" {
            number.append(mark)
            rest.removeFirst()
        }
        guard let exponent = digits(), !exponent.isEmpty else { return nil }
        number += exponent
    }
    guard rest.isEmpty else { return nil }
    return Double(number).map { sign * $0 }
}
