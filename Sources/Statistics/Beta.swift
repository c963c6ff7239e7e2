// The beta distribution, and the binomial and Student's t distributions derived from it.

import Foundation

/// The beta distribution with parameters `a` and `b`.
package enum Beta {
    /// The regularized incomplete beta function I_x(a, b), the probability of a value below `x`. Uses the continued
    /// fraction of DLMF 8.17.22 with Lentz's method, on the side on which it converges quickly.
    package static func cumulative(_ x: Double, _ a: Double, _ b: Double) -> Double {
        guard x > 0 else { return 0 }
        guard x < 1 else { return 1 }
        if x > (a + 1) / (a + b + 2) { return 1 - cumulative(1 - x, b, a) }
        let logFront = logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x)
        return exp(logFront) / (a * continuedFraction(x, a, b))
    }

    /// The quantile for probability `p`, by bisection to the last bit.
    package static func quantile(_ p: Double, _ a: Double, _ b: Double) -> Double {
        var low = 0.0, high = 1.0
        while true {
            let middle = (low + high) / 2
            if middle <= low || middle >= high { return middle }
            if cumulative(middle, a, b) < p { low = middle } else { high = middle }
        }
    }

    /// 1 + d1 x / (1 + d2 x / (1 + ...)), the denominator of DLMF 8.17.22.
    private static func continuedFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
        var fraction = 1.0, c = 1.0, d = 0.0
        for step in 1...10_000 {
            let m = Double(step / 2)
            let coefficient =
                step.isMultiple(of: 2)
                ? m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
                : -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
            d = 1 / (1 + coefficient * d)
            c = 1 + coefficient / c
            fraction *= c * d
            if abs(c * d - 1) < 1e-16 { break }
        }
        return fraction
    }

    fileprivate static func logGamma(_ x: Double) -> Double {
        var sign: Int32 = 0
        return lgamma_r(x, &sign)
    }
}

/// The binomial distribution, from the beta distribution.
package enum Binomial {
    /// The probability of at most `k` successes in `n` trials with probability `p`.
    package static func cumulative(_ k: Int, n: Int, p: Double) -> Double {
        if k < 0 { return 0 }
        if k >= n { return 1 }
        return Beta.cumulative(1 - p, Double(n - k), Double(k + 1))
    }

    /// The probability of exactly `k` successes in `n` trials with probability `p`.
    package static func probability(_ k: Int, n: Int, p: Double) -> Double {
        guard (0...n).contains(k) else { return 0 }
        guard p > 0, p < 1 else { return k == (p > 0 ? n : 0) ? 1 : 0 }
        let choices = Beta.logGamma(Double(n + 1)) - Beta.logGamma(Double(k + 1)) - Beta.logGamma(Double(n - k + 1))
        return exp(choices + Double(k) * log(p) + Double(n - k) * log1p(-p))
    }
}

/// Student's t distribution, from the beta distribution.
package enum StudentT {
    /// The two-sided tail probability: of a value at least as far from 0 as `t`.
    package static func twoSided(_ t: Double, degrees: Double) -> Double {
        Beta.cumulative(degrees / (degrees + t * t), degrees / 2, 0.5)
    }
}
