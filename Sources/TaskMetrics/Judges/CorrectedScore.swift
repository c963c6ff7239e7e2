// Judge scores corrected by human labels.

import Foundation
package import Statistics

/// A share and its 95% confidence interval.
package struct CorrectedScore: Hashable, Sendable {
    /// The corrected share, or difference of shares.
    package var value: Double
    /// The 95% confidence interval of the value.
    package var interval: Interval
    /// For PPI++: the weight of the judge's verdicts, from 0 (useless) to 1; `nil` for other methods.
    package var judgeWeight: Double?

    /// Prediction-powered inference with power tuning (PPI++, Angelopoulos et al. 2023), for human labels on a random
    /// sample of the judged answers. Works on verdicts (0 or 1), and on differences of two models' verdicts.
    /// - Parameters:
    ///   - range: limits of the interval; -1...1 for differences.
    ///   - weight: a fixed weight of the judge; `nil` chooses it from the data.
    /// - Returns: `nil` without labels or without unlabelled verdicts.
    package static func predictionPowered(
        labels: [Double], judgedOfLabelled: [Double], judgedOfRest: [Double], range: ClosedRange<Double> = 0...1,
        weight: Double? = nil, confidence: Double = 0.95
    ) -> CorrectedScore? {
        guard labels.count == judgedOfLabelled.count, let mean = labels.mean, let judgedMean = judgedOfLabelled.mean,
            let restMean = judgedOfRest.mean
        else { return nil }
        let n = Double(labels.count), rest = Double(judgedOfRest.count)
        let lambda =
            weight
            ?? {
                let covariance = zip(labels, judgedOfLabelled).reduce(0) { $0 + ($1.0 - mean) * ($1.1 - judgedMean) } / n
                let spread = (judgedOfLabelled + judgedOfRest).sampleDeviation ?? 0
                guard spread > 0 else { return 0 }
                return min(1, max(0, covariance / ((1 + n / rest) * spread * spread)))
            }()
        let rectified = zip(labels, judgedOfLabelled).map { $0 - lambda * $1 }
        let value = lambda * restMean + (rectified.mean ?? 0)
        let ofRest = lambda * (judgedOfRest.populationDeviation ?? 0), ofLabels = rectified.populationDeviation ?? 0
        let half = Normal.quantile(1 - (1 - confidence) / 2) * (ofRest * ofRest / rest + ofLabels * ofLabels / n).squareRoot()
        func cut(_ x: Double) -> Double { min(range.upperBound, max(range.lowerBound, x)) }
        return CorrectedScore(value: cut(value), interval: Interval(cut(value - half), cut(value + half)), judgeWeight: lambda)
    }

    /// The judge's share corrected by its sensitivity and specificity (Rogan and Gladen 1978), with the interval of
    /// Lang and Reiczigel (2014), for human labels on other answers than those judged.
    /// - Parameters:
    ///   - judgedRight: number of answers, of `n`, that the judge calls right. Answers that are not independent enter both
    ///     with their effective number.
    /// - Returns: the judge's share and the whole range if the judge is barely better than chance; `nil` without answers or
    ///   labels.
    package static func roganGladen(
        judgedRight: Double, of n: Double, calibration: JudgeAgreement, confidence: Double = 0.95
    ) -> CorrectedScore? {
        guard n > 0, calibration.n > 0 else { return nil }
        let z = Normal.quantile(1 - (1 - confidence) / 2), z2 = z * z
        let m1 = Double(calibration.right) + 2, m0 = Double(calibration.wrong) + 2
        let total = n + z2
        let p = (judgedRight + z2 / 2) / total
        let q1 = Double(calibration.bothRight + 1) / m1, q0 = Double(calibration.bothWrong + 1) / m0
        let discrimination = q1 + q0 - 1
        func cut(_ x: Double) -> Double { min(1, max(0, x)) }
        guard let value = roganGladen(share: judgedRight / n, calibration: calibration), discrimination > minDiscrimination
        else { return CorrectedScore(value: judgedRight / n, interval: Interval(0, 1)) }
        let t = (p + q0 - 1) / discrimination
        let shift = 2 * z2 * (-(1 - t) * q0 * (1 - q0) / m0 + t * q1 * (1 - q1) / m1)
        let spread = p * (1 - p) / total + (1 - t) * (1 - t) * q0 * (1 - q0) / m0 + t * t * q1 * (1 - q1) / m1
        let half = z * max(0, spread).squareRoot() / discrimination
        return CorrectedScore(value: value, interval: Interval(cut(t + shift - half), cut(t + shift + half)))
    }

    /// The estimate of Rogan and Gladen (1978) alone: (share + specificity - 1) / (sensitivity + specificity - 1), from 0 to 1.
    /// - Returns: `nil` if people call all labelled answers right or all wrong, and for a judge barely better than chance.
    package static func roganGladen(share: Double, calibration: JudgeAgreement) -> Double? {
        guard let sensitivity = calibration.sensitivity, let specificity = calibration.specificity,
            sensitivity + specificity - 1 > minDiscrimination
        else { return nil }
        return min(1, max(0, (share + specificity - 1) / (sensitivity + specificity - 1)))
    }

    /// Below this difference from chance, the correction divides by noise.
    private static let minDiscrimination = 0.02
}
