// Several tests at once: the more one asks, the more chance answers.

/// Holm's step-down adjustment (1979): p-values that hold for the family of tests together, in the order given.
package func holm(_ pValues: [Double]) -> [Double] {
    var adjusted = pValues
    var largest = 0.0
    for (rank, at) in pValues.indices.sorted(by: { pValues[$0] < pValues[$1] }).enumerated() {
        largest = max(largest, min(1, pValues[at] * Double(pValues.count - rank)))
        adjusted[at] = largest
    }
    return adjusted
}
