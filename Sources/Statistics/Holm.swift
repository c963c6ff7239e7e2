// Correction for multiple testing.

/// Holm's step-down adjustment (1979): p-values valid for the family of tests, in the order of the input.
package func holm(_ pValues: [Double]) -> [Double] {
    var adjusted = pValues
    var largest = 0.0
    for (rank, at) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
        largest = max(largest, min(1, pValues[at] * Double(pValues.count - rank)))
        adjusted[at] = largest
    }
    return adjusted
}
