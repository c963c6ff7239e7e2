// Errors of counts and measurements. A missing number has no error; it counts as not exact and not within tolerance.

import Statistics

/// The deviation at which an answer still counts as within tolerance.
package enum NumberTolerance: Hashable, Sendable {
    case absolute(Double)
    /// A fraction of the reference: 0.05 for 5%.
    case share(Double)

    /// Whether the deviation is at most the tolerance.
    package func isWithin(_ answer: Double, reference: Double) -> Bool {
        switch self {
        case .absolute(let limit): abs(answer - reference) <= limit
        case .share(let share): abs(answer - reference) <= share * abs(reference)
        }
    }
}

/// Error statistics from sums and lists.
package enum NumberErrors {
    /// Coefficient of determination: 1 - sum of squared errors / sum of squared deviations from the mean reference;
    /// `nil` below two items and if all references are equal.
    /// - Parameter sums: squared errors, references, squared references, items.
    package static func r2(_ sums: [Double]) -> Double? {
        guard sums.count == 4, sums[3] > 1 else { return nil }
        let spread = sums[2] - sums[1] * sums[1] / sums[3]
        // Equal references leave a rounding residue.
        guard spread > 1e-12 * max(sums[2], .leastNormalMagnitude) else { return nil }
        return 1 - sums[0] / spread
    }

    /// The median of absolute errors; `nil` if empty.
    package static func median(_ errors: [Double]) -> Double? { errors.percentile(50) }
}
