// Relaxed accuracy (ChartQA, Masry et al. 2022): numbers may be 5% off, texts must be equal.

package enum RelaxedAccuracy {
    /// Whether an answer counts as right: both are numbers and at most `tolerance` of the reference apart, else equal texts,
    /// ignoring case. A trailing `%` divides by 100. A reference of 0 allows no tolerance and is compared as a text.
    package static func isRight(_ answer: String, reference: String, tolerance: Double = 0.05) -> Bool {
        if let read = number(answer), let target = number(reference), target != 0 {
            // Comparisons with NaN are false, as they are in the reference implementation.
            return abs(read - target) / abs(target) <= tolerance
        }
        return answer.lowercased().unicodeScalars.elementsEqual(reference.lowercased().unicodeScalars)
    }

    private static func number(_ text: String) -> Double? {
        guard text.unicodeScalars.last == "%" else { return pythonFloat(text) }
        let scalars = text.unicodeScalars
        let end = scalars.lastIndex { $0 != "%" }.map { scalars.index(after: $0) } ?? scalars.startIndex
        return pythonFloat(String(scalars[..<end])).map { $0 / 100 }
    }
}
