// Errors of counts and measurements. A number that did not come has no error; it only counts as not exact, not within.

import Statistics

/// How far an answer may be off and still count as within tolerance.
package enum NumberTolerance: Hashable, Sendable {
    case absolute(Double)
    /// A share of the reference: 0.05 for 5%.
    case share(Double)

    package func isWithin(_ answer: Double, reference: Double) -> Bool {
        switch self {
        case .absolute(let limit): abs(answer - reference) <= limit
        case .share(let share): abs(answer - reference) <= share * abs(reference)
        }
    }
}

package enum NumberErrors {
    /// 1 - squared errors over the squared deviations from the mean reference; `nil` where all references are equal.
    /// - Parameter sums: squared errors, references, squared references, items.
    package static func r2(_ sums: [Double]) -> Double? {
        guard sums.count == 4, sums[3] > 1 else { return nil }
        let spread = sums[2] - sums[1] * sums[1] / sums[3]
        // Rounding leaves a little of equal references.
        guard spread > 1e-12 * max(sums[2], .leastNormalMagnitude) else { return nil }
        return 1 - sums[0] / spread
    }

    /// The median of absolute errors; `nil` when empty.
    package static func median(_ errors: [Double]) -> Double? { errors.percentile(50) }
}
