// A published number and the tolerance for reproducing it.

/// One claim of the spec.
package struct Claim: Hashable, Sendable, Codable {
    /// The tolerance for a measured value.
    package enum Tolerance: Hashable, Sendable, Codable {
        /// Within the difference expected from sampling at the two sample sizes.
        case sampling
        /// A share of the published value: 0.05 for `5%`.
        case relative(Double)
        /// An absolute tolerance in the metric's own unit.
        case absolute(Double)
        /// The repeatability limit estimated from the measurement's repeats.
        case noise
        /// The measured value is at most this.
        case atMost(Double)
        /// The measured value is at least this.
        case atLeast(Double)

        /// Parses `sampling`, `noise`, `5%`, `20 %` or `0.02`; `nil` for anything else.
        package init?(within text: String) {
            let text = text.filter { !$0.isWhitespace }
            switch text {
            case "sampling": self = .sampling
            case "noise": self = .noise
            default:
                let isShare = text.hasSuffix("%")
                guard let value = Double(isShare ? String(text.dropLast()) : text), value >= 0, value.isFinite
                else { return nil }
                self = isShare ? .relative(value / 100) : .absolute(value)
            }
        }
    }

    /// The kind of claim: a measurable metric, or a statement.
    package enum Subject: Hashable, Sendable, Codable {
        /// A path into `metrics.json` below the variant: `evaluations.accuracy.base.accuracy`.
        case metric(String, Tolerance)
        /// A fact that only a price list or a text states, quoted. Shown in reports, never measured.
        case stated(String)
    }

    /// The metric or statement that the claim is about.
    package var subject: Subject
    /// The published number; may be `nil` for `at_most`, `at_least` and statements.
    package var published: Double?
    /// The number of examples behind the published number.
    package var n: Int?
    /// The publication that the number comes from.
    package var source: String?

    /// - Parameter n: the publication's sample size, which `sampling` needs for its own interval.
    package init(_ subject: Subject, published: Double?, n: Int? = nil, source: String? = nil) {
        self.subject = subject
        self.published = published
        self.n = n
        self.source = source
    }
}
