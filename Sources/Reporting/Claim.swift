// A published number and how near a measured one must come.

/// One claim of the spec.
package struct Claim: Hashable, Sendable, Codable {
    /// How near is near enough.
    package enum Tolerance: Hashable, Sendable, Codable {
        /// As near as two samples of these sizes can be expected to come.
        case sampling
        /// A share of the published value: 0.05 for `5%`.
        case relative(Double)
        /// In the metric's own unit.
        case absolute(Double)
        /// The repeatability limit that the repeats of the measurement show.
        case noise
        /// The measured value is this or less.
        case atMost(Double)
        /// The measured value is this or more.
        case atLeast(Double)

        /// Reads `sampling`, `noise`, `5%`, `20 %` or `0.02`; `nil` for anything else.
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

    package enum Subject: Hashable, Sendable, Codable {
        /// A path into `metrics.json` below the variant: `evaluations.accuracy.base.accuracy`.
        case metric(String, Tolerance)
        /// What only a price list or a text says, in its own words: shown, never measured.
        case stated(String)
    }

    package var subject: Subject
    /// The published number; for `at_most`, `at_least` and statements there may be none.
    package var published: Double?
    /// The number of examples behind the published number.
    package var n: Int?
    /// Where it was published.
    package var source: String?

    package init(_ subject: Subject, published: Double?, n: Int? = nil, source: String? = nil) {
        self.subject = subject
        self.published = published
        self.n = n
        self.source = source
    }
}
