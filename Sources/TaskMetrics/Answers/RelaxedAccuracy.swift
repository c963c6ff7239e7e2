// Relaxed accuracy (ChartQA, Masry et al. 2022): numbers may be off by 5%, texts must be equal.

/// The relaxed comparison of ChartQA.
package enum RelaxedAccuracy {
    /// Whether an answer is correct: two numbers within a relative `tolerance` of the reference, else equal texts,
    /// ignoring case. A trailing `%` divides by 100. A reference of 0 is compared as text, without tolerance.
    package static func isRight(_ answer: String, reference: String, tolerance: Double = 0.05) -> Bool {
        if let read = number(answer), let target = number(reference), target != 0 {
            // Comparisons with NaN are false, as in the reference implementation.
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
