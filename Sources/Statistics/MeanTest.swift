// Tests of a difference of two means.

/// Two-sided t-tests of a difference of means.
package enum MeanTest {
    /// The paired t-test, for two measurements of the same examples. `nil` for fewer than two pairs; 0 or 1 if all
    /// differences are equal.
    package static func paired(_ first: [Double], _ second: [Double]) -> Double? {
        let differences = zip(first, second).map { $0 - $1 }
        guard let mean = differences.mean, let deviation = differences.sampleDeviation else { return nil }
        guard deviation > 0 else { return mean == 0 ? 1 : 0 }
        let n = Double(differences.count)
        return StudentT.twoSided(mean / (deviation / n.squareRoot()), degrees: n - 1)
    }

    /// Welch's t-test (1947), for different examples; does not assume equal variances. `nil` if either has fewer than
    /// two values.
    package static func welch(_ first: [Double], _ second: [Double]) -> Double? {
        guard let a = first.mean, let b = second.mean, let da = first.sampleDeviation,
            let db = second.sampleDeviation
        else { return nil }
        let va = da * da / Double(first.count), vb = db * db / Double(second.count)
        guard va + vb > 0 else { return a == b ? 1 : 0 }
        let degrees =
            (va + vb) * (va + vb)
            / (va * va / Double(first.count - 1) + vb * vb / Double(second.count - 1))
        return StudentT.twoSided((a - b) / (va + vb).squareRoot(), degrees: degrees)
    }
}
