// A published number to check.

/// A published number, where it stands, and when it counts as reproduced.
package struct ClaimSpec: Hashable, Sendable, Codable {
    /// What the number is about.
    package var subject: Subject
    /// The number.
    package var published: Double?
    /// The number of images behind it.
    package var n: Int?
    /// When it counts as reproduced; `nil` for what is only stated.
    package var check: Check?
    /// Where it is published.
    package var source: String?

    package init(
        subject: Subject, published: Double? = nil, n: Int? = nil, check: Check? = nil,
        source: String? = nil
    ) {
        self.subject = subject
        self.published = published
        self.n = n
        self.check = check
        self.source = source
    }
}

extension ClaimSpec {
    package enum Subject: Hashable, Sendable, Codable {
        /// A path into `metrics.json`, below the variant.
        case metric(String)
        /// A sentence that no measurement can check.
        case stated(String)
    }

    package enum Check: Hashable, Sendable, Codable {
        case within(Tolerance)
        case atMost(Double)
        case atLeast(Double)
    }

    package enum Tolerance: Hashable, Sendable, Codable {
        /// What drawing other images would change, at 95 %.
        case sampling
        /// What repeating the measurement changes, by the evaluation's repeats.
        case noise
        /// A part of the published number: 0.05 for `5%`.
        case relative(Double)
        case absolute(Double)
    }
}
