// Formats claims and verdicts as text.

import Foundation
import Statistics

extension Claim {
    /// The metric's path into `metrics.json`; `nil` for statements.
    var path: String? { if case .metric(let path, _) = subject { path } else { nil } }

    /// The tolerance in the units of `metrics.json`, for programs: `within 5%`, `at most 1800`; empty for
    /// statements.
    var toleranceText: String {
        guard case .metric(_, let tolerance) = subject else { return "" }
        return switch tolerance {
        case .sampling: "within sampling"
        case .noise: "within noise"
        case .relative(let share): "within \(Claim.plain(100 * share))%"
        case .absolute(let slack): "within \(Claim.plain(slack))"
        case .atMost(let bound): "at most \(Claim.plain(bound))"
        case .atLeast(let bound): "at least \(Claim.plain(bound))"
        }
    }

    /// Up to four significant decimals, without trailing zeros.
    static func plain(_ value: Double) -> String {
        let decimals = abs(value) >= 1000 ? 0 : abs(value) >= 10 ? 2 : 4
        var text = Wording.number(value, decimals)
        if text.contains(".") {
            while text.hasSuffix("0") { text.removeLast() }
            if text.hasSuffix(".") { text.removeLast() }
        }
        return text
    }
}

extension ClaimVerdict {
    /// The claimed metric in words, or the statement.
    package var title: String {
        switch claim.subject {
        case .metric(let path, _): name?.title ?? path
        case .stated(let text): text
        }
    }

    /// The tolerance in the metric's unit: `within 5 points`, `at most 30 min`.
    package var allowedText: String {
        guard case .metric(_, let tolerance) = claim.subject, let name else { return "" }
        return switch tolerance {
        case .absolute(let slack): "within \(name.slack(slack))"
        case .atMost(let bound): "at most \(name.exact(bound))"
        case .atLeast(let bound): "at least \(name.exact(bound))"
        case .sampling, .noise, .relative: claim.toleranceText
        }
    }

    /// The published number with its n: `73.67% (n = 600)`.
    package var publishedText: String {
        guard let published = claim.published else { return "–" }
        return (name?.exact(published) ?? Claim.plain(published)) + (claim.n.map { " (n = \($0))" } ?? "")
    }

    /// The verdict's symbol: `✓`, `✗`, `?` or `–`.
    var mark: String {
        switch verdict {
        case .reproduced: "✓"
        case .notReproduced: "✗"
        case .cannotTell: "?"
        case .stated: "–"
        }
    }

    /// The measurement: `72.3% [68.6, 75.8], n = 600`.
    package var measuredText: String {
        guard let measured, let name else { return "not measured" }
        var text = name.measured(measured)
        if let interval { text += " " + name.interval(interval) }
        if let n { text += ", n = \(n)" }
        if let repeats { text += ", mean of \(repeats) repeats" }
        return text
    }

    /// The reason for the verdict; `nil` if the verdict is self-explanatory.
    package var reasonText: String? {
        switch reason {
        case .within, .outside, .stated: nil
        case .straddles(let needed?):
            "the interval contains the limit; about \(Wording.grouped(needed)) examples could decide"
        case .straddles(nil): "the value lies exactly on the limit"
        case .coarse(let needed?): "the interval is too wide; about \(Wording.grouped(needed)) examples could decide"
        case .coarse(nil): "the interval is too wide"
        case .notMeasured: "this run has no such metric"
        case .noSamplingError: "this number has no sampling error; state a tolerance"
        case .noInterval: "the examples are too few or too similar for an interval"
        case .nothingPublished: "there is no published number to compare with"
        case .noRepeats: "'noise' requires repeats"
        }
    }
}
