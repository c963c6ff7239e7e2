// Whether a published number came out again, and how sure that is.

import Basics
import Foundation
package import Statistics

/// A claim held against the measurement.
package struct ClaimVerdict: Hashable, Sendable {
    package enum Verdict: String, Hashable, Sendable, CaseIterable {
        case reproduced
        case notReproduced = "not reproduced"
        case cannotTell = "cannot tell"
        case stated = "stated, not measured"
    }

    /// Why a claim is judged as it is.
    package enum Reason: Hashable, Sendable {
        /// The measured value, with its uncertainty, lies where it should.
        case within
        /// It lies elsewhere.
        case outside
        /// The uncertainty reaches to both sides of what is allowed; with so many examples it would not, if the value
        /// stays. `nil`: the value lies on the edge itself.
        case straddles(needed: Int?)
        /// It lies where it should, but so would many other values; with so many examples fewer would.
        case coarse(needed: Int?)
        /// The run has no such number.
        case notMeasured
        /// `within: sampling` asks for a number that sampling makes uncertain.
        case noSamplingError
        /// `within: noise` asks for repeats.
        case noRepeats
        /// There is a tolerance, but no number for it to be about.
        case nothingPublished
        /// Nothing of it can be measured.
        case stated
    }

    package var claim: Claim
    package var verdict: Verdict
    package var reason: Reason
    package var measured: Double?
    package var interval: Interval?
    package var n: Int?
    /// The repeats that the measured value is the mean of.
    package var repeats: Int?
    /// The metric in words, and how its numbers are written; `nil` for what is only stated.
    var name: MetricName?
}

extension ClaimVerdict {
    /// Without a published n, and for anything but accuracies, a measurement is too coarse to confirm a number when
    /// its interval reaches further than this to either side: a share of the number, or of 1 for accuracies.
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
                // What is held against the number is the mean of the repeats, as sure as one of them.
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

    /// Holds a whole interval, or a value that is exact, against what is allowed.
    private static func range(_ measured: Measured, _ allowed: Interval) -> (Verdict, Reason) {
        // Binary fractions of decimal bounds: 0.7 + 0.02 is to include 0.72.
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
            return (.cannotTell, .noSamplingError)
        }
        let agrees: Bool
        if measured.isProportion, let publishedN, publishedN > 0 {
            let theirs = Proportion(Int(saturating: (published * Double(publishedN)).rounded()), of: publishedN)
            let ours = Proportion(Int(saturating: (measured.value * Double(n)).rounded()), of: n)
            agrees = TwoProportions(ours, theirs).interval()?.contains(0) ?? false
        } else {
            // The published number is taken to vary as ours does, over its own n; without one it is taken as exact.
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
            // An interval that holds the published difference and none at all confirms neither. The first of the two
            // that a narrower one lets go of decides.
            guard published != 0, interval.contains(0) else { return (.reproduced, .within) }
            let gap = max(abs(measured.value), abs(published - measured.value))
            return (.cannotTell, .coarse(needed: needed(measured, halfWidth: gap)))
        } else if measured.isProportion, let publishedN,
            let theirs = Proportion(
                Int(saturating: (published * Double(publishedN)).rounded()), of: publishedN
            ).wilson()
        {
            // Half as sharp as the publication is the least that can be said to check it.
            limit = 2 * theirs.halfWidth
        } else {
            limit = measured.isProportion ? coarsest : coarsest * abs(published)
        }
        if interval.halfWidth <= limit { return (.reproduced, .within) }
        return (.cannotTell, .coarse(needed: needed(measured, halfWidth: limit)))
    }

    /// The examples at which the interval, which shrinks with the root of n, would be as narrow as this.
    private static func needed(_ measured: Measured, halfWidth: Double) -> Int? {
        guard let n = measured.n, let interval = measured.interval, halfWidth > 0 else { return nil }
        let ratio = interval.halfWidth / halfWidth
        let needed = (Double(n) * ratio * ratio).rounded(.up)
        return needed < 1e9 ? max(Int(saturating: needed), n + 1) : nil
    }
}
