// Decides whether a published number was reproduced.

import Basics
import Foundation
package import Statistics

/// The verdict on a claim, with the measurement behind it.
package struct ClaimVerdict: Hashable, Sendable {
    /// The outcome of a claim. Raw values are the words shown in reports.
    package enum Verdict: String, Hashable, Sendable, CaseIterable {
        /// The measurement confirms the number within the tolerance.
        case reproduced
        /// The measurement contradicts the number.
        case notReproduced = "not reproduced"
        /// The measurement is missing or too uncertain for either verdict.
        case cannotTell = "cannot tell"
        /// The claim is a statement, which is not measured.
        case stated = "stated, not measured"
    }

    /// The reason for the verdict, from which the report's sentence is worded.
    package enum Reason: Hashable, Sendable {
        /// The measured value, including its uncertainty, is within the tolerance.
        case within
        /// The measured value is outside the tolerance.
        case outside
        /// The interval crosses a limit of the tolerance. `needed` is the number of examples at which it would not if
        /// the value stays the same; `nil` if the value lies exactly on the limit.
        case straddles(needed: Int?)
        /// The value is within the tolerance, but its interval is too wide to confirm it; `needed` is the number of
        /// examples that would suffice.
        case coarse(needed: Int?)
        /// The run has no such number.
        case notMeasured
        /// `within: sampling` needs a metric with a sampling error.
        case noSamplingError
        /// The number depends on the examples, but they determine no interval: there are too few, or all are alike.
        case noInterval
        /// `within: noise` needs repeats.
        case noRepeats
        /// The claim has a tolerance but no published number.
        case nothingPublished
        /// The claim is a statement and cannot be measured.
        case stated
    }

    /// The claim that was checked.
    package var claim: Claim
    /// The outcome.
    package var verdict: Verdict
    /// The reason for the outcome.
    package var reason: Reason
    /// The measured value; the mean of the repeats for `within: noise`. `nil` if the run has no such number.
    package var measured: Double?
    /// The 95% interval of `measured`; for `within: noise`, the mean plus or minus the repeatability limit.
    package var interval: Interval?
    /// The number of examples measured.
    package var n: Int?
    /// The number of repeats averaged; `nil` if `measured` is not a mean of repeats.
    package var repeats: Int?
    /// The metric's name and number format; `nil` for statements.
    var name: MetricName?
}

extension ClaimVerdict {
    /// The largest half-width of an interval that can confirm a number if no n is published or the metric is not an
    /// accuracy: a share of the number, or of 1 for accuracies.
    private static let coarsest = 0.15

    init(_ claim: Claim, metrics: VariantMetrics) {
        self.claim = claim
        name = claim.path.map { MetricName($0, metrics.table) }
        switch claim.subject {
        case .stated:
            (verdict, reason) = (.stated, .stated)
        case .metric(let path, let tolerance):
            guard let measured = metrics.value(at: path) else {
                (verdict, reason) = (.cannotTell, .notMeasured)
                return
            }
            self.measured = measured.value
            interval = measured.interval
            n = measured.n
            if case .noise = tolerance, let repeats = measured.repeats {
                // The mean of the repeats is compared, with the uncertainty of a single repeat.
                self.measured = repeats.mean
                interval = Interval(repeats.mean - repeats.repeatabilityLimit, repeats.mean + repeats.repeatabilityLimit)
                self.repeats = repeats.count
            }
            (verdict, reason) = ClaimVerdict.judge(measured, claim: claim, tolerance: tolerance)
        }
    }

    private static func judge(
        _ measured: Measured, claim: Claim, tolerance: Claim.Tolerance
    ) -> (Verdict, Reason) {
        switch (tolerance, claim.published) {
        case (.atMost(let bound), _):
            return range(measured, Interval(-.infinity, bound))
        case (.atLeast(let bound), _):
            return range(measured, Interval(bound, .infinity))
        case (_, nil):
            return (.cannotTell, .nothingPublished)
        case (.sampling, let published?):
            return sampling(measured, published: published, publishedN: claim.n)
        case (.relative(let share), let published?):
            let slack = abs(published) * share
            return range(measured, Interval(published - slack, published + slack))
        case (.absolute(let slack), let published?):
            return range(measured, Interval(published - slack, published + slack))
        case (.noise, let published?):
            guard let repeats = measured.repeats else { return (.cannotTell, .noRepeats) }
            let isNear = abs(repeats.mean - published) <= repeats.repeatabilityLimit
            return isNear ? (.reproduced, .within) : (.notReproduced, .outside)
        }
    }

    /// Compares an interval, or an exact value, with the allowed range.
    private static func range(_ measured: Measured, _ allowed: Interval) -> (Verdict, Reason) {
        guard measured.interval != nil || !measured.isEstimate else { return (.cannotTell, .noInterval) }
        // Decimal bounds are inexact in binary: 0.7 + 0.02 must include 0.72.
        let slack = 1e-12 * max(1, abs(measured.value))
        let allowed = Interval(allowed.low - slack, allowed.high + slack)
        let interval = measured.interval ?? Interval(measured.value, measured.value)
        if interval.isInside(allowed) { return (.reproduced, .within) }
        if !interval.overlaps(allowed) { return (.notReproduced, .outside) }
        let gap = min(abs(measured.value - allowed.low), abs(measured.value - allowed.high))
        return (.cannotTell, .straddles(needed: needed(measured, halfWidth: gap)))
    }

    private static func sampling(
        _ measured: Measured, published: Double, publishedN: Int?
    ) -> (Verdict, Reason) {
        guard let interval = measured.interval, let n = measured.n, n > 0 else {
            return (.cannotTell, measured.isEstimate ? .noInterval : .noSamplingError)
        }
        let agrees: Bool
        if measured.isProportion, !measured.isGrouped, let publishedN, publishedN > 0 {
            let theirs = Proportion(Int(saturating: (published * Double(publishedN)).rounded()), of: publishedN)
            let ours = Proportion(Int(saturating: (measured.value * Double(n)).rounded()), of: n)
            agrees = TwoProportions(ours, theirs).interval()?.contains(0) ?? false
        } else {
            // The published number is assumed to vary as the measured one does, over its own n; without an n, it is
            // treated as exact.
            let theirs = publishedN.map { (Double(n) / Double(max($0, 1))).squareRoot() } ?? 0
            let widening = (1 + theirs * theirs).squareRoot()
            agrees = Interval(
                measured.value - (measured.value - interval.low) * widening,
                measured.value + (interval.high - measured.value) * widening
            ).contains(published)
        }
        guard agrees else { return (.notReproduced, .outside) }
        let limit: Double
        if measured.isDifference {
            // An interval that contains both the published difference and zero confirms neither. The first of the two
            // that a narrower interval would exclude decides.
            guard published != 0, interval.contains(0) else { return (.reproduced, .within) }
            let gap = max(abs(measured.value), abs(published - measured.value))
            return (.cannotTell, .coarse(needed: needed(measured, halfWidth: gap)))
        } else if measured.isProportion, let publishedN,
            let theirs = Proportion(
                Int(saturating: (published * Double(publishedN)).rounded()), of: publishedN
            ).wilson()
        {
            // A check needs at least half the precision of the publication.
            limit = 2 * theirs.halfWidth
        } else {
            limit = measured.isProportion ? coarsest : coarsest * abs(published)
        }
        if interval.halfWidth <= limit { return (.reproduced, .within) }
        return (.cannotTell, .coarse(needed: needed(measured, halfWidth: limit)))
    }

    /// The number of examples at which the interval, which shrinks with the root of n, has this half-width.
    private static func needed(_ measured: Measured, halfWidth: Double) -> Int? {
        guard let n = measured.n, let interval = measured.interval, halfWidth > 0 else { return nil }
        let ratio = interval.halfWidth / halfWidth
        let needed = (Double(n) * ratio * ratio).rounded(.up)
        return needed < 1e9 ? max(Int(saturating: needed), n + 1) : nil
    }
}
