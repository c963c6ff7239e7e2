// The standard normal distribution.

import Foundation

/// Mean 0 and standard deviation 1.
package enum Normal {
    /// The probability of a value below `z`.
    package static func cumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

    /// The quantile for probability `p`; infinite at 0 and 1. Acklam's rational approximation, refined to double
    /// precision by two steps of Halley's method.
    package static func quantile(_ p: Double) -> Double {
        guard p > 0 else { return -.infinity }
        guard p < 1 else { return .infinity }
        if p > 0.5 { return -quantile(1 - p) }
        var z: Double
        if p < 0.02425 {
            let q = (-2 * log(p)).squareRoot()
            z =
                polynomial(
                    [
                        -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838, -2.549732539343734,
                        4.374664141464968, 2.938163982698783,
                    ], q)
                / polynomial(
                    [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996, 3.754408661907416, 1], q)
        } else {
            let q = p - 0.5
            let r = q * q
            z =
                q
                * polynomial(
                    [
                        -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
                        -3.066479806614716e+01, 2.506628277459239,
                    ], r)
                / polynomial(
                    [
                        -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02,
                        6.680131188771972e+01, -1.328068155288572e+01, 1,
                    ], r)
        }
        for _ in 0..<2 {
            let error = cumulative(z) - p
            let u = error * (2 * Double.pi).squareRoot() * exp(z * z / 2)
            z -= u / (1 + z * u / 2)
        }
        return z
    }

    private static func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
        coefficients.reduce(0) { $0 * x + $1 }
    }
}
